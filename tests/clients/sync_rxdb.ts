// Devices that sync with RxDB.
import { EventSource } from "eventsource";
import { createRxDatabase, type RxCollection, type RxJsonSchema } from "rxdb";
import { getRxStorageMemory } from "rxdb/plugins/storage-memory";
import { replicate } from "./rxdb.js";
import { uuid7, type Data } from "./server.js";
import { play } from "./sync_story.js";

const schema = {
  version: 0,
  primaryKey: "id",
  type: "object",
  properties: { id: { type: "string", maxLength: 36 } },
} as RxJsonSchema<Data>;

await play(async (access) => {
  const { name, baseUrl, fetch } = access;
  const database = await createRxDatabase({ name, storage: getRxStorageMemory(), multiInstance: false });
  const collections: Record<"posts" | "comments", RxCollection<Data>> = await database.addCollections({
    posts: { schema },
    comments: { schema },
  });
  // One device has a stream. The other pulls only, as it would with a stream that is far behind.
  const stream = (url: string | URL, init: object) => (name === "a" ? fetch(new Request(url, init)) : new Promise<never>(() => {}));
  const app = { ...access, open: (path: string) => new EventSource(`${baseUrl}${path}`, { fetch: stream }) };
  const start = () => {
    const posts = replicate(app, "posts", collections.posts);
    const started = [posts, replicate(app, "comments", collections.comments, posts)];
    for (const replication of started) replication.retryTime = 100;
    return started;
  };
  let replications = start();
  const document = async (type: "posts" | "comments", id: string) => (await collections[type].findOne(id).exec())!;
  return {
    all: async (type) => (await collections[type].find().exec()).map((each) => each.toMutableJSON()),
    create: async (type, fields) => (await collections[type].insert({ id: uuid7(), ...fields })).id,
    edit: async (type, id, fields) => void (await (await document(type, id)).incrementalPatch(fields)),
    delete: async (type, id) => void (await (await document(type, id)).incrementalRemove()),
    sync: async () => {
      for (const replication of replications) replication.reSync();
      for (const replication of replications) await replication.awaitInSync();
    },
    restart: async () => {
      for (const replication of replications) await replication.cancel();
      replications = start();
    },
  };
}, { live: true });
