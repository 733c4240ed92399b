// What every client has to be able to do, with openapi-fetch and the types of openapi-typescript.
import createClient from "openapi-fetch";
import type { components, paths } from "./api.js";

type Post = components["schemas"]["Post"];

const [baseUrl, username] = process.argv.slice(2) as [string, string];
const password = "correct-horse-battery-staple";
const api = createClient<paths>({ baseUrl });

await api.POST("/api/v1/users", { body: { username, email: `${username}@example.com`, password } });
const signedIn = await api.POST("/api/auth/app/v1/auth/login", { body: { username, password } });
const accessToken = signedIn.data?.meta.access_token;
api.use({ onRequest: ({ request }) => request.headers.set("Authorization", `Bearer ${accessToken}`) });

async function create(title: string) {
  const header = { "Idempotency-Key": crypto.randomUUID() };
  const body = { title, body: "Typed.", tags: ["typed", username] };
  const first = await api.POST("/api/v1/posts", { params: { header }, body });
  const again = await api.POST("/api/v1/posts", { params: { header }, body });
  return { first, again };
}

async function walk(): Promise<Post[]> {
  const posts: Post[] = [];
  for (let cursor: string | undefined; ; ) {
    const query = { tag: ["typed", username], ordering: ["title" as const], page_size: 2, cursor };
    const { data } = await api.GET("/api/v1/posts", { params: { query } });
    if (!data) throw new Error("no page");
    posts.push(...data.results);
    if (!data.next) return posts;
    cursor = new URL(data.next).searchParams.get("cursor") ?? undefined;
  }
}

const created = [];
for (const title of ["One", "Three", "Two"]) created.push(await create(title));
const walked = await walk();

const path = { id: created[0]?.first.data?.slug ?? "" };
const read = await api.GET("/api/v1/posts/{id}", { params: { path } });
const header = { "If-Match": read.response.headers.get("ETag") ?? "" };
const edited = await api.PATCH("/api/v1/posts/{id}", { params: { path, header }, body: { excerpt: "Edited." } });
const stale = await api.PATCH("/api/v1/posts/{id}", { params: { path, header }, body: { excerpt: "Lost." } });
const draft = await api.POST("/api/v1/posts", { body: { title: "Later", body: "Typed.", published_at: null } });
const invalid = await api.POST("/api/v1/posts", { body: { title: "", body: "Typed.", tags: ["fine", "!?"] } });
const faults = invalid.error && "errors" in invalid.error ? (invalid.error.errors ?? []) : [];
const whole = { ...edited.data!, title: "Uno" };
const current = { "If-Match": edited.response.headers.get("ETag") ?? "" };
const replaced = await api.PUT("/api/v1/posts/{id}", { params: { path, header: current }, body: whole });
const deleted = await api.DELETE("/api/v1/posts/{id}", { params: { path } });
const gone = await api.GET("/api/v1/posts/{id}", { params: { path } });
const signedOut = await api.DELETE("/api/auth/app/v1/auth/session");
const afterwards = await api.GET("/api/v1/users/{id}", { params: { path: { id: "me" } } });

const report = {
  created: created.map(({ first, again }) => [
    first.response.status,
    again.response.headers.get("Idempotency-Replayed"),
    first.data?.id === again.data?.id,
  ]),
  walked: walked.map((post) => post.title),
  edited: [edited.response.status, edited.data?.excerpt, edited.data?.author.username === username],
  stale: [stale.error?.status, stale.error?.code],
  stale_has_current_tag: stale.response.headers.get("ETag") === edited.response.headers.get("ETag"),
  draft: draft.data?.status,
  invalid: [invalid.error?.status, invalid.error?.code, faults.map((fault) => [fault.pointer, fault.code])],
  replaced: [replaced.response.status, replaced.data?.title, replaced.data?.excerpt],
  deleted: deleted.response.status,
  gone: [gone.error?.status, gone.error?.code],
  signed_out: [signedOut.response.status, signedOut.error && "meta" in signedOut.error && signedOut.error.meta?.is_authenticated],
  afterwards: afterwards.response.status,
};
console.log(JSON.stringify(report));
