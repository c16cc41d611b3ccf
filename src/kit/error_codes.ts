/**
 * Every error code of Hotaka with what it means and what to do: the one list. `docs/reference/errors.md` is written from it.
 * A code is never reused and never renamed once released.
 */
export const ERROR_CODES = {
  HOTAKA_CLI_USAGE: "The command line could not be understood. The message names the word; `hotaka help COMMAND` shows what is accepted.",
  HOTAKA_CONFIG_NOT_FOUND:
    "The settings file could not be read. Name one with `--config FILE`, or start without one for the embedded default.",
  HOTAKA_CONFIG_SYNTAX: "The settings file is not YAML. The message gives line and column.",
  HOTAKA_CONFIG_UNKNOWN_KEY: "A setting is not known where it stands. The message names the nearest known one.",
  HOTAKA_CONFIG_INVALID:
    "A setting has a value of the wrong kind or outside its bounds. The message says what was found and what was wanted.",
  HOTAKA_PACKAGE_MISSING:
    "A component works with a package that is installed only where it is wanted, and it is not. The message has the command.",
  HOTAKA_CONFIG_DUPLICATE: "Two settings claim the same name. Rename one.",
  HOTAKA_FUNCTIONS_FILE:
    "The file of functions cannot be used: it cannot be read or loaded, everybody can write it, or a declaration in it is wrong. The message gives the line.",
  HOTAKA_PACK_UNKNOWN: "There is no pack of ready queries of that name. The message lists those there are.",
  HOTAKA_SQL_SYNTAX: "A query is not in the language. The message gives line, column, what was found and what was expected.",
  HOTAKA_SQL_LIMIT: "A query is longer or more deeply nested than the bound in the message.",
  HOTAKA_SQL_UNKNOWN_TARGET: "A query names a target that is not known.",
  HOTAKA_SQL_UNKNOWN_FIELD: "A query names a field that its targets do not have. The message lists the nearest.",
  HOTAKA_SQL_UNKNOWN_WINDOW: "A query names a window that does not exist. The message lists those that do.",
  HOTAKA_SQL_UNKNOWN_FUNCTION: "A query names a function that does not exist, or gives it the wrong number of arguments.",
  HOTAKA_SQL_TYPE: "An expression is applied to values of a type that it does not take.",
  HOTAKA_SQL_INVALID: "A query is well formed but breaks a rule of the language; the message says which.",
  HOTAKA_SQL_UNSUPPORTED: "A query uses a part of the language that this version does not have. The message names it.",
  HOTAKA_GEO_DATABASE: "A database of places and networks could not be read: it is missing, too large, or damaged; the message says which.",
  HOTAKA_SOURCE_OPEN: "A source could not be opened: the file is missing, is a directory, or may not be read; the message says which.",
  HOTAKA_SOURCE_READ: "A source could be opened but not read on. What was read before is kept.",
  HOTAKA_SOURCE_DATA: "What a peer sent is compressed in a way that cannot be read, or holds more than is taken.",
  HOTAKA_SOURCE_LISTEN: "A source could not listen on its address, most often because something else does.",
  HOTAKA_TARGET_NOT_FOUND: "There is no target of that name. `hotaka target list` shows those that are.",
  HOTAKA_FIELD_CONFLICT: "A field was declared with two types. The first one holds.",
  HOTAKA_FIELD_INVALID: "A field was declared with a name that a field cannot have, or a type that is none or cannot be declared.",
  HOTAKA_QUERY_LOOP: "A query would read what it gives itself, directly or by way of others. The message names the targets between.",
  HOTAKA_QUERY_DECLARED:
    "A query or a target is declared in the settings file and can only be changed or taken out there. A query can be suspended.",
  HOTAKA_QUERY_NAME: "A query was registered under a name that a query cannot have: it is blank, too long, or holds control characters.",
  HOTAKA_STATS_INVALID:
    "A file of targets and queries, as Norikra writes it, could not be imported; nothing of it was. The message says what is wrong and where.",
  HOTAKA_IMPORT_INVALID: "A configuration of another program could not be read to be translated. The message says where and what is wrong.",
  HOTAKA_TARGET_NAME:
    "A target was opened with a name that a target cannot have: a letter, then letters, digits and _, of which the last is no _.",
  HOTAKA_TARGET_LIMIT: "There are as many targets as there may be. Close some, or raise `targets_max`.",
  HOTAKA_JOURNAL_CORRUPT:
    "The journal in the data folder did not pass its checksum. The older epoch is used; if none is good the daemon starts afresh and says so.",
  HOTAKA_JOURNAL_WRITE:
    "The journal could not be written, most often because the disk is full. Positions stay where they were, so nothing is lost.",
  HOTAKA_INBOX_CORRUPT:
    "A file of what was received did not pass its checksum. What is before and after it is taken up; the file is kept for a look at the disk.",
  HOTAKA_INBOX_FULL:
    "What is received is kept on the disk until a checkpoint holds it, up to `inbox.bytes_max`, and that is reached. Peers wait or are refused until there is room.",
  HOTAKA_INBOX_RECORD: "A peer sent more at once than a quarter of `inbox.bytes_max`. Let it send smaller parts, or raise the bound.",
  HOTAKA_DATABASE: "The control database in the data folder could not be opened or changed.",
  HOTAKA_DATA_DIR: "The data folder cannot be used: it cannot be made, cannot be written, or another daemon holds it.",
  HOTAKA_ADDRESS_INVALID: "A text is not an IPv4 or IPv6 address or prefix.",
  HOTAKA_BLOCK_REFUSED: "An address is protected, so it was not blocked. The message says by what.",
  HOTAKA_BLOCK_NOT_FOUND: "There is no block in force for that address.",
  HOTAKA_HOLD_NOT_FOUND: "No decision about that address waits for approval.",
  HOTAKA_ACTION_FAILED: "An action did not succeed. It is tried again, and kept in the dead-letter file when its tries are used up.",
  HOTAKA_ACTION_REFUSED:
    "What an action sends to was reached and will not take what stands in a row. That row is kept in the dead-letter file at once, and the others go on.",
  HOTAKA_ACTION_UNKNOWN: "No action of that name is at work. The message lists those that are.",
  HOTAKA_NOTICE_NOT_FOUND: "There is no notice of that number, or it has not been sent yet.",
  HOTAKA_SECRET_MISSING: "A secret is to be read from the environment or from a file, and is not there.",
  HOTAKA_ENFORCER_FAILED:
    "An enforcement point could not be read or changed. It is tried again; the blocks concerned are shown as pending or failed.",
  HOTAKA_SERVER_LISTEN: "The server could not listen on its address, most often because something else does.",
  HOTAKA_SERVER_EXPOSED:
    "The settings let the API listen where other machines can reach it, and there is no token. `hotaka token create` makes one.",
  HOTAKA_SERVER_HOST:
    "The API was asked by a name that is not its own. Use its address, or add the name to `server.hosts` in the settings.",
  HOTAKA_SERVER_INTERNAL: "The API could not answer because of a defect of ours. The log of the daemon has the reason; please report it.",
  HOTAKA_SERVER_ORIGIN: "A page of another origin asked the API from a browser. `server.origins` in the settings says which may.",
  HOTAKA_SERVER_TOKEN: "The API wants a token, or was given one that is good for nothing. `hotaka token create` makes one.",
  HOTAKA_SERVER_ROLE: "The token is of a role that may not do what was asked.",
  HOTAKA_SERVER_BUSY: "The API serves as many streams, or holds as many bodies, as it may. Try again later.",
  HOTAKA_QUERY_NOT_FOUND: "There is no query of that name. `hotaka query list` shows those that are.",
  HOTAKA_TOKEN_NOT_FOUND: "There is no token of that name. `hotaka token list` shows those that are.",
  HOTAKA_SERVER_NOT_FOUND: "There is nothing at that path of the API.",
  HOTAKA_SERVER_REQUEST: "A request to the API could not be understood; the message says which part of it.",
  HOTAKA_RPC_UNREACHABLE: "No server answers where `hotaka target`, `query`, `field`, `event` or `admin` asked.",
  HOTAKA_RPC_ANSWER: "A server gave something that is no answer of the RPC: another service may listen on that port.",
  HOTAKA_TOKEN_NAME: "A token cannot have that name: another one has it, or it has characters that a name has not.",
  HOTAKA_TOKEN_LIMIT: "There are as many tokens as are kept. Revoke those that nobody uses.",
  HOTAKA_CONTROL_UNREACHABLE: "No daemon answers on the control socket of this data folder. Start one with `hotaka run`.",
  HOTAKA_CONTROL_REFUSED: "The daemon refused what was asked through the control socket; the message says why.",
  HOTAKA_MSGPACK: "Bytes that were sent are not MessagePack, or are cut off. The message says at which byte.",
  HOTAKA_EVENTS_JSON: "Events that were sent as JSON are not. The message says from which byte on.",
  HOTAKA_EVENTS_REFUSED: "Nothing that was sent is an event: a map, or an object of JSON, was wanted for each.",
  HOTAKA_STATS_FILE: "The file of `hotaka start --stats` could not be read.",
  HOTAKA_DAEMONIZE: "The daemon did not begin in the background, or the one that is to be stopped did not end. The message says why.",
  HOTAKA_STOPPING: "The daemon is stopping and begins nothing new.",
  HOTAKA_CASES_FILE: "A file of cases could not be read, or a line of it is not a case.",
} as const satisfies Record<`HOTAKA_${string}`, string>;

export type ErrorCode = keyof typeof ERROR_CODES;
