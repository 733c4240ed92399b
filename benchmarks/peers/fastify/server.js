// As many processes as workers, by Node's own cluster.

import cluster from "node:cluster";
import { build } from "./app.js";

if (cluster.isPrimary) {
  for (let worker = 0; worker < Number(process.env.WORKERS); worker += 1) cluster.fork();
  cluster.on("exit", () => process.exit(1));
  process.on("SIGTERM", () => process.exit(0));
} else {
  const app = await build();
  await app.listen({ host: "127.0.0.1", port: Number(process.env.PORT) });
}
