import { pipeline, Transform } from "node:stream";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { HotakaError, MsgpackReader } from "../../kit/index.ts";
import type { BodyRoom, HeldRoom } from "../body_room.ts";
import { NUMBER, object } from "./route.ts";
import type { EventsForm, EventsService } from "../catalog_service.ts";

export interface EventsServices {
  readonly events: EventsService;
}

export interface EventsBounds {
  /** The longest body, as it came and without its compression. */
  readonly bodyBytesMax: number;
  /** For the bodies of all requests. */
  readonly room: BodyRoom;
}

/** `POST /v1/targets/{target}/events`: events in, as JSON, an object a line, or MessagePack; answered when they are on the disk. */
export function routeEvents(app: FastifyInstance, { events }: EventsServices, { bodyBytesMax, room }: EventsBounds): void {
  void app.register((within, _, done) => {
    const holds = new WeakMap<FastifyRequest, HeldRoom>();
    within.addHook("preParsing", (request, reply, payload, next) => {
      const held = room.hold();
      holds.set(request, held);
      reply.raw.once("close", () => held.release());
      next(
        null,
        pipeline(payload, counted(held), () => undefined),
      );
    });
    // The bytes go on as they came: what is in them is read where it is known which fields are wanted.
    within.removeAllContentTypeParsers();
    within.addContentTypeParser([...FORMS.keys()], { parseAs: "buffer", bodyLimit: bodyBytesMax }, (_request, body, parsed) =>
      parsed(null, body),
    );
    within.post<{ Params: { target: string }; Body: Buffer | undefined }>(
      "/v1/targets/:target/events",
      {
        bodyLimit: bodyBytesMax,
        config: {
          access: { role: "operate", anonymous: true },
          isUnaudited: true,
          description: {
            summary: "Takes events; answered when they are kept",
            tag: "events",
            status: 200,
            answer: object({ taken: NUMBER, refused: NUMBER }),
            takes: [...FORMS.keys()],
          },
        },
      },
      async (request, reply) => {
        const { params, body, headers } = request;
        const form = FORMS.get(mediaType(headers["content-type"])) ?? "json";
        const bytes = await plain(body ?? Buffer.alloc(0), headers, bodyBytesMax);
        if (bytes !== body && holds.get(request)?.take(bytes.length) === false) throw noRoom();
        if (form === "msgpack") checkWhole(bytes);
        const counts = await events.send(params.target, form, bytes);
        if (counts.taken > 0 || counts.refused === 0) return reply.send(counts);
        throw new HotakaError("HOTAKA_EVENTS_REFUSED", `None of the ${counts.refused} items is an event: an object was wanted for each.`);
      },
    );
    done();
  });
}

/** The body as it comes, as long as there is room for it: by what has come, for to announce much costs nothing. */
function counted(held: HeldRoom): Transform {
  return new Transform({
    transform: (chunk: Buffer, _, done) => (held.take(chunk.length) ? done(null, chunk) : done(noRoom())),
  });
}

function noRoom(): HotakaError {
  return new HotakaError("HOTAKA_SERVER_BUSY", "Other requests take all the memory there is for bodies; send it again.");
}

/** The body as it was before it was compressed. What is larger than a body may be is refused, however small it came. */
async function plain(body: Buffer, headers: FastifyRequest["headers"], bytesMax: number): Promise<Buffer> {
  const encoding = headers["content-encoding"] ?? "identity";
  if (encoding === "identity") return body;
  if (encoding !== "gzip")
    throw new HotakaError("HOTAKA_SERVER_REQUEST", `Content-Encoding "${encoding.slice(0, 40)}" is not taken; gzip or none was wanted.`);
  try {
    return await promisify(gunzip)(body, { maxOutputLength: bytesMax });
  } catch (thrown) {
    throw new HotakaError(
      "HOTAKA_SERVER_REQUEST",
      `The body is no gzip, or is more than ${bytesMax} bytes without it (server.body_bytes_max).`,
      {
        cause: thrown,
      },
    );
  }
}

/** What is cut off is refused before it is kept. The RPC looks at its calls itself. Throws HOTAKA_MSGPACK. */
function checkWhole(bytes: Buffer): void {
  const reader = new MsgpackReader(bytes);
  reader.skip();
  if (reader.isAtEnd) return;
  const sentence = `The body has ${bytes.length - reader.at} bytes behind its array of events; one array was wanted.`;
  throw new HotakaError("HOTAKA_MSGPACK", sentence);
}

function mediaType(header: string | undefined): string {
  return (header ?? "").split(";")[0]!.trim().toLowerCase();
}

const FORMS: ReadonlyMap<string, EventsForm> = new Map([
  ["application/x-ndjson", "ndjson"],
  ["application/jsonl", "ndjson"],
  ["application/json", "json"],
  ["application/x-msgpack", "msgpack"],
  ["application/msgpack", "msgpack"],
]);
