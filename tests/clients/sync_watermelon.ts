// Devices that sync with WatermelonDB.
import { appSchema, Database, Model, tableSchema } from "@nozbe/watermelondb";
import LokiJSAdapter from "@nozbe/watermelondb/adapters/lokijs/index.js";
import logger from "@nozbe/watermelondb/utils/common/logger/index.js";
import { setGenerator } from "@nozbe/watermelondb/utils/common/randomId/index.js";
import { uuid7, type Data, type Fields, type Type } from "./server.js";
import { play } from "./sync_story.js";
import { sync } from "./watermelon.js";

const text = (name: string) => ({ name, type: "string" as const });
const schema = appSchema({
  version: 1,
  tables: [
    tableSchema({
      name: "posts",
      columns: [...["title", "body", "excerpt", "tags"].map(text), { ...text("published_at"), isOptional: true }],
    }),
    tableSchema({ name: "comments", columns: ["post", "body"].map(text) }),
  ],
});

class Post extends Model {
  static override table = "posts";
}
class Comment extends Model {
  static override table = "comments";
}

const setAll = (record: Model, fields: Fields) => {
  for (const [name, value] of Object.entries(fields))
    record._setRaw(name, (Array.isArray(value) ? JSON.stringify(value) : value) as string | null);
};
const dataOf = ({ _raw: { _status, _changed, ...raw } }: Model) =>
  ("tags" in raw ? { ...raw, tags: JSON.parse(String(raw.tags)) } : raw) as Data;

setGenerator(uuid7);

logger.default.silence();

await play(async (access) => {
  const adapter = new LokiJSAdapter.default({ dbName: access.name, schema, useWebWorker: false, useIncrementalIndexedDB: false });
  const database = new Database({ adapter, modelClasses: [Post, Comment] });
  const find = (type: Type, id: string) => database.get(type).find(id);
  return {
    all: async (type) => (await database.get(type).query().fetch()).map(dataOf),
    create: (type, fields) => database.write(async () => (await database.get(type).create((record) => setAll(record, fields))).id),
    edit: (type, id, fields) => database.write(async () => void (await (await find(type, id)).update((record) => setAll(record, fields)))),
    delete: (type, id) => database.write(async () => (await find(type, id)).markAsDeleted()),
    sync: () => sync(database, { ...access, memos: database.localStorage }),
  };
});
