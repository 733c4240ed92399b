// What two devices go through that sync as docs/sync.md says. Each part returns what the server has at its end.
import { uuid7, type Fields } from "./server.js";
import { Devices, syncUntilFault, type Open } from "./sync_devices.js";

const PUSH = /^POST \/api\/v1\/batch/;
const PULL = /^GET \/api\/v1\/changes\?\S*type=posts/;
const GONE = "HTTP/1.1 410 Gone\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}";
const BUSY = "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}";
const LONG = Array.from({ length: 400 }, () => crypto.randomUUID()).join(" "); // Needs several packets, even compressed.

export async function play(open: Open, { live = false } = {}): Promise<void> {
  const devices = await Devices.start(open);
  const report = {
    ...(await editAndDeleteOffline(devices)),
    ...(await createOffline(devices)),
    ...(await pullBeforePush(devices)),
    ...(await editAgain(devices)),
    ...(await startAgain(devices)),
    ...(await pushMuch(devices)),
    ...(await refuse(devices)),
    ...(live && (await listen(devices))),
  };
  const { differences, lost, batches, a, b } = devices;
  const faults = [a.network.faults, b.network.faults];
  console.log(JSON.stringify({ ...report, differences, lost: lost.sort(), faults, replayed: batches.replayed }));
  process.exit();
}

function post(title: string): Fields {
  return { title, body: LONG, excerpt: "", tags: ["sync"], published_at: new Date().toISOString() };
}

async function editAndDeleteOffline(devices: Devices) {
  const { a, b } = devices;
  const ids = await Promise.all(["Contested", "To merge", "Deleted"].map((title) => a.create("posts", post(title))));
  const [contested, merged, deleted] = ids as [string, string, string];
  const comment = await a.create("comments", { post: merged, body: "First." });
  const onDeleted = await a.create("comments", { post: deleted, body: "Goes with its post." });
  await a.sync();
  const more = Array.from({ length: 101 }, () => `/api/v1/posts/${merged}/comments/${uuid7()}`); // Than a page of changes.
  await Promise.all(more.map((path) => devices.send({ method: "PUT", path, body: { body: "…" } })));
  await b.sync();
  await a.sync();
  await devices.compare("at first");

  await Promise.all([a.network.disconnect(), b.network.disconnect()]);
  await a.edit("posts", contested, { title: "Edited by A" });
  await a.edit("posts", merged, { title: "Merged title" });
  await a.delete("posts", deleted);
  await b.edit("posts", contested, { title: "Edited by B" });
  await b.edit("posts", merged, { excerpt: "Merged excerpt" });
  await b.edit("posts", deleted, { title: "Edited too late" });
  await b.edit("comments", comment, { body: "First, edited." });
  a.network.reconnect();
  await a.sync();
  b.network.cut(PULL, 5000); // In the middle of the changes.
  b.network.reconnect();
  await (await syncUntilFault(b)).ended;
  for (const device of [b, a, b]) await device.sync();
  await devices.compare("after edits offline");
  return {
    contested: await devices.read("posts", contested, "title"),
    merged: [await devices.read("posts", merged, "title"), await devices.read("posts", merged, "excerpt")],
    commentEdited: await devices.read("comments", comment, "body"),
    deleted: [await devices.read("posts", deleted, "title"), await devices.read("comments", onDeleted, "body")],
  };
}

/** The response to the creations is lost. */
async function createOffline(devices: Devices) {
  const { a, b } = devices;
  await Promise.all([a.network.disconnect(), b.network.disconnect()]);
  const byA = await a.create("posts", post("Made by A"));
  const comment = await a.create("comments", { post: byA, body: "On a new post." });
  await b.create("posts", post("Made by B"));
  a.network.cut(PUSH);
  for (const { network } of [a, b]) network.reconnect();
  await (await syncUntilFault(a)).ended;
  for (const device of [a, b, a, b]) await device.sync();
  await devices.compare("after creations offline");
  const created = (await devices.posts("&author=me")).filter(({ title }) => /^Made by/.test(String(title)));
  return {
    created: created.map(({ title }) => title).sort(),
    commented: await devices.read("comments", comment, "body"),
    together: devices.batches.together(`/api/v1/posts/${byA}`, `/api/v1/posts/${byA}/comments/${comment}`),
  };
}

/** A device pulls an edit of what it has edited itself, and its own edit then changes nothing on the server. */
async function pullBeforePush(devices: Devices) {
  const { a, b } = devices;
  const id = await a.create("posts", post("To agree on"));
  for (const device of [a, b]) await device.sync();
  await b.network.disconnect();
  await a.edit("posts", id, { title: "Agreed", excerpt: "By A" });
  await b.edit("posts", id, { title: "Agreed" });
  await a.sync();
  b.network.cut(PUSH);
  b.network.reconnect();
  await b.restart?.();
  await (await syncUntilFault(b)).ended;
  await b.sync();
  await devices.compare("after the same edit");
  return { agreed: [await devices.read("posts", id, "title"), await devices.read("posts", id, "excerpt")] };
}

/** Another edit before the device knows what became of the first, and one when the server is busy. The server trims titles. */
async function editAgain(devices: Devices) {
  const { a, b } = devices;
  const id = await a.create("posts", { ...post("A draft"), published_at: null });
  await a.sync();
  a.network.cut(PUSH);
  await a.edit("posts", id, { title: "First edit " });
  const { ended } = await syncUntilFault(a);
  await a.edit("posts", id, { title: "Second edit " });
  await ended;
  await a.sync();
  await a.edit("posts", id, { title: "Third edit " });
  a.network.replace(PUSH, BUSY);
  for (const device of [a, b, a]) await device.sync();
  await devices.compare("after several edits");
  return { editedAgain: await devices.read("posts", id, "title") };
}

/** The cursor of a device has expired, and a deletion is no longer among the changes. */
async function startAgain(devices: Devices) {
  const { a, b } = devices;
  const ids = await Promise.all(["Deleted", "Edited"].map((title) => a.create("posts", post(title))));
  const [deleted, edited] = ids as [string, string];
  for (const device of [a, b]) await device.sync();
  await b.network.disconnect();
  await b.edit("posts", edited, { body: "Not lost." });
  const created = await b.create("posts", post("Not lost"));
  await a.delete("posts", deleted);
  await a.sync();
  b.network.replace(PULL, GONE);
  b.network.reconnect();
  for (const device of [b, a, b]) await device.sync();
  await devices.compare("after a new start");
  return { kept: [await devices.read("posts", edited, "body"), await devices.read("posts", created, "title")] };
}

/** More than a batch takes, by number and by size. */
async function pushMuch(devices: Devices) {
  const { a, b, batches } = devices;
  const before = batches.sent.length;
  const id = await a.create("posts", post("Discussed"));
  for (let number = 0; number < 4; number++) await a.create("posts", { ...post(`Wide ${number}`), body: "語".repeat(100_000) });
  for (let number = 0; number < 101; number++) await a.create("comments", { post: id, body: `Comment ${number}` });
  for (const device of [a, b, a]) await device.sync();
  await devices.compare("after many writes");
  const sent = batches.sent.slice(before);
  const operations = sent.reduce((sum, each) => sum + each.operations.length, 0);
  return { operations, fitting: sent.every((each) => each.operations.length <= 100 && each.bytes <= 2 ** 20) };
}

/** What is refused stops nothing else: invalid input, and a text that makes the whole batch unreadable. */
async function refuse(devices: Devices) {
  const { a, b } = devices;
  const ids = [await a.create("posts", post(" ")), await a.create("posts", { ...post("Half an emoji"), excerpt: "\ud83d" })];
  const valid = await a.create("posts", post("Valid"));
  await a.sync();
  const kept = (await a.all("posts")).filter((data) => ids.includes(data.id));
  for (const { id } of kept) await a.delete("posts", id);
  for (const device of [a, b, a]) await device.sync();
  await devices.compare("after a refusal");
  return { undone: !kept.length, valid: await devices.read("posts", valid, "title") };
}

/** A device shows the change of another without a call. */
async function listen(devices: Devices) {
  const { a, b } = devices;
  const id = await b.create("posts", post("Live"));
  await b.sync();
  const arrived = async () => (await a.all("posts")).some((data) => data.id === id);
  for (let tries = 600; tries && !(await arrived()); tries--) await new Promise((resolve) => setTimeout(resolve, 50));
  return { live: await arrived() };
}
