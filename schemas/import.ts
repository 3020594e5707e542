import Type, { type Static } from 'typebox';

/** What a file holds, whatever it is packed in. */
export const RowFormat = Type.Union([
  Type.Literal('csv'),
  Type.Literal('json_lines'),
  Type.Literal('xlsx'),
  Type.Literal('parquet'),
  Type.Literal('nginx'),
  Type.Literal('nginx_json'),
  Type.Literal('w3c'),
  Type.Literal('alb'),
]);
export type RowFormat = Static<typeof RowFormat>;

export const Encoding = Type.Union([
  Type.Literal('utf-8'),
  Type.Literal('gb18030'),
  Type.Literal('utf-16le'),
  Type.Literal('utf-16be'),
]);
export type Encoding = Static<typeof Encoding>;

/** Where a line of an access log says who sent the request: a query parameter, a cookie, or the user that signed in. */
export const LogPlace = Type.String({ pattern: '^(?:query:[^\\s:]{1,100}|cookie:[^\\s:]{1,100}|user)$' });

/** How the files of a source are read; everything that is left out is found out. */
export const ImportSettings = Type.Object(
  {
    format: Type.Optional(RowFormat),
    encoding: Type.Optional(Encoding),
    delimiter: Type.Optional(Type.Union([Type.Literal(','), Type.Literal(';'), Type.Literal('	'), Type.Literal('|')])),
    /** Name of a sheet of a workbook; `*` for all. The first one unless given. */
    sheet: Type.Optional(Type.String({ minLength: 1, maxLength: 100 })),
    /** Name of the event that a row is, where no column says so. Without it such a row describes a person. */
    event: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
    /** Columns that tell a row from every other, in whatever file it comes; the number of the row in its file unless given. */
    key: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 200 }), { minItems: 1, maxItems: 10 })),
    /** IANA zone of times without one; the source's unless given. */
    time_zone: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
    /** Access logs: where each identifier is found. */
    identity: Type.Optional(Type.Record(Type.String({ pattern: '^[A-Za-z][A-Za-z0-9_]{0,39}$' }), LogPlace)),
    /** Access logs: what becomes of a line that names nobody. It is counted either way. */
    nobody: Type.Optional(Type.Union([Type.Literal('skip'), Type.Literal('quarantine')])),
  },
  { additionalProperties: false },
);
export type ImportSettings = Static<typeof ImportSettings>;

const Count = Type.Integer({ minimum: 0 });

/** Where an import goes on: what lies before it is on the raw stream. */
export const ImportPosition = Type.Object(
  {
    /** Parts that are done: files in an archive, sheets of a workbook. */
    part: Count,
    /** Rows of the part that are done. */
    row: Count,
    /** The byte after them, in a part that can be read from there. */
    offset: Type.Optional(Count),
  },
  { additionalProperties: false },
);
export type ImportPosition = Static<typeof ImportPosition>;

/** A row that became no event, as an example. Holds nothing of the row itself. */
export const ImportExample = Type.Object(
  {
    row: Count,
    reason: Type.String({ maxLength: 60 }),
    field: Type.String({ maxLength: 200 }),
    detail: Type.String({ maxLength: 500 }),
  },
  { additionalProperties: false },
);
export type ImportExample = Static<typeof ImportExample>;

export const ImportState = Type.Union([Type.Literal('running'), Type.Literal('done'), Type.Literal('failed')]);

/** What the ledger knows of one file's content for one source. */
export const ImportEntry = Type.Object(
  {
    schema: Type.Literal('import/1'),
    import_id: Type.String({ pattern: '^[A-Za-z0-9_-]{22}$' }),
    source_id: Type.String(),
    /** Name under which it came first, without its folder. */
    file: Type.String({ maxLength: 300 }),
    content_hash: Type.String(),
    bytes: Count,
    state: ImportState,
    position: ImportPosition,
    /** Rows read so far. */
    rows: Count,
    /** Of those, the rows that are no events: in quarantine, by reason. */
    refused: Type.Record(Type.String(), Count),
    /** Lines of an access log that name nobody and were passed over. */
    skipped: Count,
    /** Rows that the mapping of the source left out. */
    dropped: Count,
    examples: Type.Array(ImportExample, { maxItems: 10 }),
    /** How often the same content came again. */
    repeats: Count,
    started_at: Type.String({ format: 'date-time' }),
    updated_at: Type.String({ format: 'date-time' }),
    finished_at: Type.Optional(Type.String({ format: 'date-time' })),
    /** Why it failed. */
    error: Type.Optional(Type.String({ maxLength: 1000 })),
    /** Who works on it, and until when nobody else may. */
    lease: Type.Optional(
      Type.Object({ by: Type.String(), until: Type.Integer({ minimum: 0 }) }, { additionalProperties: false }),
    ),
  },
  { additionalProperties: false },
);
export type ImportEntry = Static<typeof ImportEntry>;

const ColumnName = Type.String({ minLength: 1, maxLength: 63, pattern: '^[^\\x00"`]+$' });

/** Rows that are pulled from a database: whatever is new since the last time, by a column that grows. */
export const DatabasePull = Type.Object(
  {
    /** The ledger keeps how far it is under this name: another name begins anew. */
    name: Type.String({ pattern: '^[a-z][a-z0-9_-]{0,39}$' }),
    kind: Type.Union([Type.Literal('postgresql'), Type.Literal('mysql')]),
    /** Where the address with user and password is: a file that only its owner can read, or a variable of the environment. */
    connection: Type.Union([
      Type.Object({ url_file: Type.String({ minLength: 1, maxLength: 1000 }) }, { additionalProperties: false }),
      Type.Object({ url_env: Type.String({ pattern: '^[A-Z][A-Z0-9_]{0,99}$' }) }, { additionalProperties: false }),
    ]),
    /** A table or view, with its schema before a dot where it needs one; or a query, without an order and a semicolon. */
    table: Type.Optional(Type.String({ pattern: '^[^\\x00"`;.\\s]+(?:\\.[^\\x00"`;.\\s]+)?$', maxLength: 200 })),
    query: Type.Optional(Type.String({ minLength: 1, maxLength: 10_000, pattern: '^[^;]*$' })),
    /** Never null, and larger in each row that is new or changed: a time of change, or a number that is counted up. */
    cursor: ColumnName,
    /** Columns that tell rows apart. */
    key: Type.Array(ColumnName, { minItems: 1, maxItems: 5 }),
    source: Type.String({ pattern: '^[a-z][a-z0-9_-]{0,39}$' }),
    event: ImportSettings.properties.event,
    time_zone: ImportSettings.properties.time_zone,
    /** How often the running server pulls; 60 unless given. */
    every_minutes: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_080 })),
  },
  { additionalProperties: false },
);
export type DatabasePull = Static<typeof DatabasePull>;

/** How far a pull is. */
export const PullEntry = Type.Object(
  {
    schema: Type.Literal('pull/1'),
    name: Type.String(),
    /** The cursor and the keys of the last row that is on the raw stream, as text. */
    after: Type.Optional(Type.Array(Type.String({ maxLength: 2000 }), { minItems: 2, maxItems: 6 })),
    /** Of all runs. */
    rows: Count,
    updated_at: Type.String({ format: 'date-time' }),
  },
  { additionalProperties: false },
);
export type PullEntry = Static<typeof PullEntry>;
