// Devices that sync with plain code.
import { Replica } from "./replica.js";
import { uuid7 } from "./server.js";
import { play } from "./sync_story.js";

await play(async (access) => {
  const replica = new Replica(access);
  return {
    all: async (type) => [...replica.all(type).values()],
    create: async (type, fields) => {
      const id = uuid7();
      replica.write(type, id, fields);
      return id;
    },
    edit: async (type, id, fields) => replica.write(type, id, fields),
    delete: async (type, id) => replica.write(type, id, null),
    sync: () => replica.sync(),
  };
});
