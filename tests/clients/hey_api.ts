// What every client has to be able to do, with the client that hey-api generates.
import { client } from "./api/client.gen.js";
import * as api from "./api/index.js";

const [baseUrl, username] = process.argv.slice(2) as [string, string];
const password = "correct-horse-battery-staple";
client.setConfig({ baseUrl });

await api.usersCreate({ body: { username, email: `${username}@example.com`, password } });
const signedIn = await api.authAppLogin({ body: { username, password } });
const accessToken = signedIn.data?.meta.access_token;
client.setConfig({ auth: ({ scheme }) => (scheme === "bearer" ? accessToken : undefined) });

async function create(title: string) {
  const headers = { "Idempotency-Key": crypto.randomUUID() };
  const body = { title, body: "Typed.", tags: ["typed", username] };
  const first = await api.postsCreate({ headers, body });
  const again = await api.postsCreate({ headers, body });
  return { first, again };
}

async function walk(): Promise<api.Post[]> {
  const posts: api.Post[] = [];
  for (let cursor: string | undefined; ; ) {
    const query = { tag: ["typed", username], ordering: ["title" as const], page_size: 2, cursor };
    const { data } = await api.postsList({ query, throwOnError: true });
    posts.push(...data.results);
    if (!data.next) return posts;
    cursor = new URL(data.next).searchParams.get("cursor") ?? undefined;
  }
}

const created = [];
for (const title of ["One", "Three", "Two"]) created.push(await create(title));
const walked = await walk();

const path = { id: created[0]?.first.data?.slug ?? "" };
const read = await api.postsRetrieve({ path });
const headers = { "If-Match": read.response?.headers.get("ETag") ?? "" };
const edited = await api.postsPartialUpdate({ path, headers, body: { excerpt: "Edited." } });
const stale = await api.postsPartialUpdate({ path, headers, body: { excerpt: "Lost." } });
const draft = await api.postsCreate({ body: { title: "Later", body: "Typed.", published_at: null } });
const invalid = await api.postsCreate({ body: { title: "", body: "Typed.", tags: ["fine", "!?"] } });
const faults = invalid.error && "errors" in invalid.error ? (invalid.error.errors ?? []) : [];
const current = { "If-Match": edited.response?.headers.get("ETag") ?? "" };
const replaced = await api.postsUpdate({ path, headers: current, body: { ...edited.data!, title: "Uno" } });
const deleted = await api.postsDestroy({ path });
const gone = await api.postsRetrieve({ path });
const signedOut = await api.authAppSessionDestroy();
const afterwards = await api.usersRetrieve({ path: { id: "me" } });

const report = {
  created: created.map(({ first, again }) => [
    first.response?.status,
    again.response?.headers.get("Idempotency-Replayed"),
    first.data?.id === again.data?.id,
  ]),
  walked: walked.map((post) => post.title),
  edited: [edited.response?.status, edited.data?.excerpt, edited.data?.author.username === username],
  stale: [stale.error?.status, stale.error?.code],
  stale_has_current_tag: stale.response?.headers.get("ETag") === edited.response?.headers.get("ETag"),
  draft: draft.data?.status,
  invalid: [invalid.error?.status, invalid.error?.code, faults.map((fault) => [fault.pointer, fault.code])],
  replaced: [replaced.response?.status, replaced.data?.title, replaced.data?.excerpt],
  deleted: deleted.response?.status,
  gone: [gone.error?.status, gone.error?.code],
  signed_out: [signedOut.response?.status, signedOut.error && "meta" in signedOut.error && signedOut.error.meta?.is_authenticated],
  afterwards: afterwards.response?.status,
};
console.log(JSON.stringify(report));
