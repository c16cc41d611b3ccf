import { describe, expect, test } from "vitest";
import { readConfiguration } from "./configuration.ts";
import { translate, type Translation } from "./translate.ts";

function translated(text: string): Translation {
  return translate(readConfiguration("f.conf", { read: () => text, list: () => [] }));
}

/** The sentences about what is missing, with their lines. */
function missing(text: string): string[] {
  return translated(text)
    .notes.filter(({ kind }) => kind === "untranslated")
    .map(({ line, sentence }) => `${line} ${sentence}`);
}

function first(text: string, list: string): unknown {
  const { settings } = translated(text);
  expect(missing(text)).toEqual([]);
  return settings[list]?.[0];
}

describe("sources", () => {
  test.each([
    [
      "@type tail\npath /a.log, /b.log\ntag a.*\nread_from_head true\n<parse>\n@type json\ntypes n:integer,ok:bool\ntime_key at\ntime_format %iso8601\n</parse>",
      {
        tail: {
          path: ["/a.log", "/b.log"],
          format: { json: { types: { n: "integer", ok: "boolean" }, time_key: "at", time_format: "iso8601" } },
          tag: "a.*",
          from: "start",
        },
      },
    ],
    [
      'type tail\npath /var/log/%Y%m.log\nformat apache2\npos_file /p\ntag t\nrefresh_interval 60\nrotate_wait 5s\nexclude_path ["/var/log/x.log"]',
      {
        tail: {
          path: "/var/log/**.log",
          exclude: ["/var/log/x.log"],
          format: "combined",
          tag: "t",
          fluentd_pos_file: "/p",
          rescan_interval: "60000ms",
          rotated_wait: "5s",
        },
      },
    ],
    [
      "@type tail\npath /a\ntag t\nencoding UTF-8\nfrom_encoding Shift_JIS\n<parse>\n@type multiline\nformat_firstline /^\\d/\nformat1 /^(?<n>\\d+) /\nformat2 /(?<text>.*)/\n</parse>\nmultiline_flush_interval 5s",
      {
        tail: {
          path: "/a",
          format: { multiline: { first_line: "/^\\d/", expression: "/^(?<n>\\d+) (?<text>.*)/m" } },
          tag: "t",
          encoding: "shift_jis",
        },
      },
    ],
    [
      "@type tail\npath /a\ntag t\n<parse>\n@type csv\nkeys a,b\n</parse>",
      { tail: { path: "/a", format: { csv: { columns: ["a", "b"] } }, tag: "t" } },
    ],
    ["@type forward\nport 24225\nbind 127.0.0.1", { forward: { listen: "127.0.0.1:24225" } }],
    [
      "@type forward\n<security>\nself_hostname h\nshared_key \"#{ENV['KEY']}\"\nuser_auth true\n<user>\nusername u\npassword p\n</user>\n</security>\n<transport tls>\ncert_path c\nprivate_key_path k\n</transport>",
      {
        forward: {
          listen: "0.0.0.0:24224",
          shared_key: "env:KEY",
          users: [{ name: "u", password: "p" }],
          hostname: "h",
          tls: { cert: "c", key: "k" },
        },
      },
    ],
    ["@type http\nport 8888\nbody_size_limit 32m", { http: { listen: "0.0.0.0:8888", open_to_network: true, body_bytes_max: "32MB" } }],
    ["@type exec\ncommand vmstat 1\ntag vm\nformat json", { command: { run: ["sh", "-c", "vmstat 1"], format: "json", tag: "vm" } }],
    [
      "@type exec\ncommand df -P\ntag df\nrun_interval 1m\n<parse>\n@type none\n</parse>",
      { command: { run: ["sh", "-c", "while :; do df -P\nsleep 60; done"], format: "none", tag: "df" } },
    ],
    [
      '@type systemd\ntag sshd\nmatches [{"_SYSTEMD_UNIT":"ssh.service"},{"_COMM":"sshd"}]\n<storage>\n@type local\npath p\n</storage>',
      {
        command: {
          run: ["journalctl", "-f", "--lines=0", "--output=json", "_SYSTEMD_UNIT=ssh.service", "+", "_COMM=sshd"],
          format: "json",
          tag: "sshd",
        },
      },
    ],
    [
      "@type syslog\ntag sys\n<transport tcp>\n</transport>",
      { syslog: { listen: "0.0.0.0:5140", open_to_network: true, transports: ["tcp"], tag: "sys" } },
    ],
  ])("%j", (text, wanted) => {
    const source = `<source>\n${text}\n</source>`;
    const own = text.includes("multiline_flush_interval") ? translated(source).settings["sources"]?.[0] : first(source, "sources");
    expect(own).toEqual(wanted);
  });
});

describe("filters", () => {
  test.each([
    [
      "@type grep\n<regexp>\nkey level\npattern /error|warn/\n</regexp>\n<exclude>\nkey $.k8s.ns\npattern ^kube\n</exclude>",
      { match: "a.**", grep: { include: { level: "/error|warn/" }, exclude: { "k8s.ns": "^kube" } } },
    ],
    [
      "type grep\nregexp1 level error\nexclude1 path ^/health check",
      { match: "a.**", grep: { include: { level: "error" }, exclude: { path: "^/health check" } } },
    ],
    [
      "@type grep\n<or>\n<regexp>\nkey a\npattern 1\n</regexp>\n<regexp>\nkey b\npattern 2\n</regexp>\n</or>",
      { match: "a.**", grep: { include: { a: "1", b: "2" }, any: true } },
    ],
    [
      '@type record_transformer\nenable_ruby\nremove_keys x,y\n<record>\nhost "#{Socket.gethostname}"\nline ${record["method"]} ${tag_parts[1]} ${tag}\n</record>',
      { match: "a.**", record: { set: { host: "${hostname}", line: "${method} ${tag_parts[1]} ${tag}" }, remove: ["x", "y"] } },
    ],
    [
      "@type record_transformer\nrenew_record true\n<record>\na ${record['b']}\n</record>",
      { match: "a.**", record: { set: { a: "${b}" }, keep: ["a"] } },
    ],
    [
      '@type geoip\ngeoip_lookup_keys remote\ngeoip2_database /g/City.mmdb\nbackend_library geoip2_c\n<record>\ncc ${country.iso_code["remote"]}\ncity ${city.names.en["remote"]}\nlat ${location.latitude[\'remote\']}\n</record>\nskip_adding_null_record true',
      {
        match: "a.**",
        geo: { database: "/g/City.mmdb", address: "remote", fields: { cc: "country_code", city: "city", lat: "latitude" } },
      },
    ],
    [
      '@type geoip\ngeoip_lookup_key host\n<record>\ncountry ${country_code["host"]}\n</record>',
      { match: "a.**", geo: { database: "/usr/share/GeoIP/GeoLite2-City.mmdb", address: "host", fields: { country: "country_code" } } },
    ],
  ])("%j", (text, wanted) => {
    expect(first(`<filter a.**>\n${text}\n</filter>`, "filters")).toEqual(wanted);
  });

  test("of geoip, what geo cannot say is told, and which database is wanted", () => {
    const text =
      '<filter **>\n@type geoip\ngeoip_lookup_keys host, other\n<record>\ncc ${country.iso_code["host"]}\npoint ${location.latitude["host"]},${location.longitude["host"]}\nc2 ${country.iso_code["other"]}\n</record>\n</filter>';
    expect(missing(text)).toEqual([
      '4 geoip: the value of point cannot be said with one of the fields of geo: ${location.latitude["host"]},${location.longitude["host"]}',
      '4 geoip: the value of c2 cannot be said with one of the fields of geo: ${country.iso_code["other"]}',
      "1 geoip: a filter looks up one field; other is not looked up.",
    ]);
    expect(translated(text).notes.map(({ sentence }) => sentence)).toContainEqual(
      "geoip: the plugin brings one of its own; a file of GeoLite2 is named in its place, which is to be put there.",
    );
    expect(missing("<filter **>\n@type geoip\n</filter>")).toEqual(["1 geoip: it adds no field that is known."]);
  });

  test("Ruby is said, and is no part of what is written", () => {
    const text = "<filter **>\n@type record_transformer\nenable_ruby\n<record>\nsum ${record['a'].to_i + 1}\nok yes\n</record>\n</filter>";
    expect(translated(text).settings["filters"]).toEqual([{ match: "**", record: { set: { ok: "yes" } } }]);
    expect(missing(text)).toEqual(["4 record: the value of sum is Ruby, which is not run here: ${record['a'].to_i + 1}"]);
  });
});

describe("outputs", () => {
  const FETCH = "<source>\n@type norikra\n<fetch>\nmethod sweep\ntag query_name\ntag_prefix q\n</fetch>\n</source>\n";

  test("of Norikra are routes, with their queries", () => {
    const text =
      "<match a.*>\ntype norikra\nnorikra localhost:26571\nremove_tag_prefix a\ntarget_map_tag yes\n<target access>\n<query>\nname hits_${target}\nexpression SELECT count(*) AS n FROM ${target}\ngroup g\ntag x\n</query>\n</target>\n</match>";
    const { settings } = translated(text);
    expect([settings["routes"], settings["queries"], missing(text)]).toEqual([
      [{ match: "a.*", remove_prefix: "a" }],
      [{ name: "hits_access", sql: "SELECT count(*) AS n FROM access", group: "g" }],
      [],
    ]);
  });

  test("in a copy and within a label are each translated", () => {
    const text =
      "<match a.**>\n@type copy\n<store>\n@type norikra\ntarget_string web.access\n</store>\n<store>\n@type elasticsearch\n</store>\n</match>\n<label @X>\n<match debug.**>\n@type null\n</match>\n</label>";
    expect(translated(text).settings["routes"]).toEqual([
      { match: "a.**", target: "web_access" },
      { match: "debug.**", drop: true },
    ]);
    expect(missing(text)).toEqual([
      expect.stringContaining("7 an output of type elasticsearch has no counterpart. Its bulk interface wants"),
    ]);
  });

  test("that run a program answer rows, and those behind it what it gives", () => {
    const text = `${FETCH}<match q.block.*>\n@type exec_filter\ncommand "ruby -rjson" '/x y.rb'\ntag done.host\nadd_prefix p\n<format>\n@type json\n</format>\n<parse>\n@type msgpack\n</parse>\n<inject>\ntag_key t\n</inject>\n</match>\n<match p.done.*>\n@type stdout\n</match>`;
    expect(translated(text).settings["actions"]).toEqual([
      {
        match: "block.*",
        exec_filter: {
          run: ["ruby -rjson", "/x y.rb"],
          in: { format: "json", query_field: "t", query_prefix: "q" },
          out: { format: "msgpack" },
          tag: "result.p.done.host",
        },
      },
      { match: "result.p.done.*", log: {} },
    ]);
    expect(missing(text)).toEqual([]);
  });

  test("that results choose by a field of theirs are reached by every pattern", () => {
    const text = `${FETCH}<match q.**>\n@type exec_filter\ncommand cat | sort\nin_format json\nout_format json\nout_tag_key tag\nremove_prefix q\nin_tag_key t\n</match>\n<match x.*>\n@type sns\nsns_topic_name t\naws_key_id AKIA\naws_sec_key s\n</match>`;
    expect(translated(text).settings["actions"]).toEqual([
      {
        match: "/(?!(?:result|every_event)\\.).*/",
        exec_filter: {
          run: ["sh", "-c", "cat | sort"],
          in: { format: "json", query_field: "t" },
          out: { format: "json", tag_field: "tag" },
          tag: "result.exec_filter",
          add_prefix: "result",
        },
      },
      { match: "result.x.*", sns: { topic: "t", region: "ap-northeast-1", access_key_id: "AKIA", secret_access_key: "s" } },
    ]);
  });

  test("that send on go to the same servers, under the same tags", () => {
    const text = `${FETCH}<match q.block.*>\n@type forward\ncompress gzip\nack_response_timeout 20\ntransport tls\ntls_cert_path /etc/ca.pem\n<server>\nname a\nhost log1\nport 24225\nweight 30\nusername u\npassword "#{ENV['FORWARD_PASSWORD']}"\n</server>\n<server>\nhost ::1\nstandby\n</server>\n<security>\nself_hostname web1\nshared_key "#{ENV['FORWARD_KEY']}"\n</security>\n</match>`;
    expect(translated(text).settings["actions"]).toEqual([
      {
        match: "block.*",
        forward: {
          servers: [
            { address: "log1:24225", weight: 30 },
            { address: "[::1]:24224", standby: true },
          ],
          tag: "q.${query}",
          shared_key: "env:FORWARD_KEY",
          username: "u",
          password: "env:FORWARD_PASSWORD",
          hostname: "web1",
          tls: { ca: "/etc/ca.pem" },
          compress: "gzip",
          ack_timeout: "20s",
        },
      },
    ]);
    expect(missing(text)).toEqual([]);
    expect(missing(text.replace("transport tls", "transport tls\ntls_insecure_mode true"))[0]).toContain("a server is always checked");
  });

  test("that answer events of logs have them by a query, for which there is a target, and outputs of one pattern share it", () => {
    const text =
      "<match app.**>\n@type copy\n<store>\n@type stdout\n</store>\n<store>\n@type forward\nhost h\n</store>\n</match>\n<match app.{x,y} z>\n@type stdout\n</match>\n<match **>\n@type stdout\n</match>";
    const { settings, notes } = translated(text);
    expect(settings).toEqual({
      filters: [{ match: "app.**", record: { set: { fluentd_tag: "${tag}" } } }],
      routes: [
        { match: "app.**", target: "app" },
        { match: "app.{x,y} z", target: "app_x_y_z" },
        { match: "**", target: "events" },
      ],
      queries: [
        { name: "every_event.app", sql: "SELECT * FROM app" },
        { name: "every_event.app_x_y_z", sql: "SELECT * FROM app_x_y_z" },
        { name: "every_event.events", sql: "SELECT * FROM events" },
      ],
      actions: [
        { match: "every_event.app", log: {} },
        { match: "every_event.app", forward: { servers: [{ address: "h:24224" }], tag: "${fluentd_tag}" } },
        { match: "every_event.app_x_y_z", log: {} },
        { match: "every_event.events", log: {} },
      ],
    });
    expect(missing(text)).toEqual([]);
    expect(notes.some(({ sentence }) => sentence.includes("answered by both"))).toBe(false);
  });

  test("beside one of Norikra have the events from its target, whichever stands first", () => {
    const text =
      "<match app.web>\n@type copy\n<store>\n@type file\npath /x.log\n</store>\n<store>\n@type norikra\nremove_tag_prefix app\n</store>\n</match>";
    const { settings } = translated(text);
    expect([settings["routes"], settings["queries"]]).toEqual([
      [{ match: "app.web", remove_prefix: "app" }],
      [{ name: "every_event.web", sql: "SELECT * FROM web" }],
    ]);
    expect(missing(text)).toEqual([]);
  });

  test("that cannot be translated leave no route and no query behind", () => {
    expect(translated("<match a>\n@type http\n</match>").settings).toEqual({});
  });

  test.each([
    [
      "@type file\npath /var/log/app.%Y-%m-%d\nappend true\ncompress gzip\n<format>\n@type json\n</format>\n<buffer time>\ntimekey 1d\ntimekey_wait 10m\n</buffer>",
      { file: { path: "/var/log/app.log", rotate_every: "1 day", files_max: 10_000 } },
    ],
    [
      "@type file\npath /var/log/app.%H.out\nformat ltsv\n<secondary>\n@type secondary_file\ndirectory /x\n</secondary>",
      { file: { path: "/var/log/app.out", format: "ltsv", rotate_every: "1h", files_max: 10_000, compress: false } },
    ],
    [
      '@type http\nendpoint https://x/rows\nheaders {"x-key":"a"}\njson_array true\nopen_timeout 2\n<auth>\nmethod basic\nusername u\npassword p\n</auth>\n<buffer>\nflush_interval 10s\n</buffer>',
      {
        webhook: {
          url: "https://x/rows",
          body: "row",
          batch: { format: "array" },
          headers: { "x-key": "a", authorization: "Basic dTpw" },
        },
      },
    ],
    [
      "@type http\nendpoint \"#{ENV['URL']}\"\nretryable_response_codes 503\n<format>\n@type json\n</format>",
      { webhook: { url: "env:URL", body: "row", batch: { format: "ndjson" } } },
    ],
    [
      "@type kafka2\nbrokers k1:9092,k2:9092\ndefault_topic logs\ncompression_codec gzip\nusername u\npassword p\nscram_mechanism sha256\nssl_ca_cert /ca.pem\nrequired_acks -1\n<format>\n@type json\n</format>",
      {
        kafka: {
          brokers: ["k1:9092", "k2:9092"],
          topic: "logs",
          compress: "gzip",
          tls: { ca: "/ca.pem" },
          sasl: { mechanism: "scram-sha-256", username: "u", password: "p" },
        },
      },
    ],
    ["@type rdkafka2\nbrokers k1:9092", { kafka: { brokers: ["k1:9092"], topic: "app.web" } }],
  ])("of events: %j", (text, wanted) => {
    expect(first(`<match app.web>\n${text}\n</match>`, "actions")).toEqual({ match: "every_event.app_web", ...wanted });
  });

  test("whose patterns overlap are told of: here both answer", () => {
    const text = `${FETCH}<match q.block.*>\n@type stdout\n</match>\n<match q.**>\n@type stdout\n</match>`;
    expect(
      translated(text)
        .notes.map(({ sentence }) => sentence)
        .join("\n"),
    ).toContain("match q.**: what fits q.block.* (line 9) too is answered by both");
  });
});

test.each([
  ["<source>\n@type snmp\n</source>", "1 a source of type snmp has no counterpart that is known here."],
  ["<source>\n@type exec\n</source>", "1 exec: a command was wanted."],
  ["<source>\n@type tcp\n</source>", "1 a source of type tcp has no counterpart. Lines over TCP are read by `command`"],
  ["<source>\n@type tail\npath /a\ntag t\nformat /(?=a)b/\n</source>", "1 the expression cannot be used: the lookahead"],
  [
    '<source>\n@type tail\npath /a\ntag t\nformat none\npath_key p\nodd "#{x}"\n</source>',
    "6 path_key of <source> (tail) has no counterpart",
  ],
  ["<source>\n@type forward\nport \"#{ENV['PORT']}\"\nbind 127.0.0.1\n</source>", "3 port: the Ruby in"],
  ["<filter **>\n@type geohash\n</filter>", "1 a filter of type geohash has no counterpart that is known here."],
  ["<filter **>\n@type parser\n</filter>", "have the source read its lines by a `format`"],
  ["<match a>\n@type s3\n</match>", "1 an output of type s3 has no counterpart. Write a `file` with rotate_every"],
  ["<match a>\n@type constructor\n</match>", "1 an output of type constructor has no counterpart that is known here."],
  ["<match a.*>\n@type file\npath /x/${tag}\n</match>", "1 path /x/${tag}: a file for each ${tag} is not made."],
  [
    "<match a>\n@type file\npath /x\n<format>\n@type msgpack\n</format>\n</match>",
    "1 format msgpack: a file has lines of json or ltsv here.",
  ],
  [
    "<match a>\n@type http\nendpoint http://x/\nhttp_method put\n</match>",
    "1 http: rows are posted as JSON here; PUT of json was asked for.",
  ],
  ["<match a>\n@type http\nendpoint http://x/${tag}\n</match>", "1 endpoint: one address was wanted"],
  ["<match a>\n@type kafka_buffered\nzookeeper z:2181\n</match>", "1 kafka: brokers were wanted"],
  [
    "<match a.*>\n@type copy\n<store>\n@type norikra\n</store>\n<store>\n@type stdout\n</store>\n</match>",
    "6 match a.*: its events go into targets that are named by their tags",
  ],
  ["<worker 1>\n</worker>", "1 <worker> of <configuration>"],
  ["<match {a>\n@type null\n</match>", "1 match {a: the pattern cannot be read."],
  ["@include https://x/y", "1 @include of <configuration>"],
])("%j leaves something untranslated, and says so", (text, sentence) => {
  expect(missing(text).join("\n")).toContain(sentence);
});

test("an output of another kind is one thing that is missing, not each of its settings", () => {
  expect(
    missing("<match a>\n@type copy\n<store>\n@type elasticsearch\nhost es\n<buffer>\nx 1\n</buffer>\n</store>\n</match>"),
  ).toHaveLength(1);
});

test("a log whose lines name their fields is read for those that its target is known to have", () => {
  const text =
    "<source>\n@type tail\npath /a\ntag app.shop\nformat json\n</source>\n<match app.*>\ntype norikra\nremove_tag_prefix app\n</match>";
  const root = readConfiguration("f.conf", { read: () => text, list: () => [] });
  const { settings, notes } = translate(root, new Map([["shop", { level: "string", ms: "integer" }]]));
  expect(settings["sources"]?.[0]).toMatchObject({ tail: { format: { json: { types: { level: "string", ms: "integer" } } } } });
  expect(notes.some(({ kind }) => kind === "changed")).toBe(false);
});

test.each([
  ['<source>\n@type systemd\nmatches [{"a":\ntag s\n</source>', "f.conf:3  matches: "],
  ["<source>\n@type tail\npath /a\nformat ltsv\ntypes {n\ntag t\n</source>", "f.conf:5  types: {n"],
  ["<match a>\n@type http\nendpoint http://x/\nheaders {broken\n</match>", "f.conf:4  headers: {broken"],
])("JSON that is none is told with its place: %j", (text, sentence) => {
  expect(() => translated(text)).toThrow(sentence);
  expect(() => translated(text)).toThrow("JSON was wanted");
});
