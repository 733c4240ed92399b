// What every client has to be able to do, with the functions for fetch that orval generates.
import * as api from "./api/api";
import type { Post } from "./api/model";

const [, username] = process.argv.slice(2) as [string, string];
const password = "correct-horse-battery-staple";
let accessToken = "";
const having = (headers: Record<string, string> = {}) => ({
  headers: { Authorization: `Bearer ${accessToken}`, ...headers },
});

async function create(title: string) {
  const body = { title, body: "Typed.", tags: ["typed", username] };
  const once = having({ "Idempotency-Key": crypto.randomUUID() });
  return { first: await api.postsCreate(body, once), again: await api.postsCreate(body, once) };
}

async function walk(): Promise<Post[]> {
  const posts: Post[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = { tag: ["typed", username], ordering: ["title" as const, "-id" as const], page_size: 2, cursor };
    const { data, status } = await api.postsList(page, having());
    if (status !== 200) throw new Error("no page");
    posts.push(...data.results);
    if (!data.next) return posts;
    cursor = new URL(data.next).searchParams.get("cursor") ?? undefined;
  }
}

async function main() {
  await api.usersCreate({ username, email: `${username}@example.com`, password });
  const signedIn = await api.authAppLogin({ username, password });
  if (signedIn.status === 200) accessToken = signedIn.data.meta.access_token ?? "";

  const created = [];
  for (const title of ["One", "Three", "Two"]) created.push(await create(title));
  const walked = await walk();

  const slug = walked[0]?.slug ?? "";
  const read = await api.postsRetrieve(slug, undefined, having());
  const seen = having({ "If-Match": read.headers.get("ETag") ?? "" });
  const edited = await api.postsPartialUpdate(slug, { excerpt: "Edited." }, seen);
  if (edited.status !== 200) throw new Error("not edited");
  const stale = await api.postsPartialUpdate(slug, { excerpt: "Lost." }, seen);
  const draft = await api.postsCreate({ title: "Later", body: "Typed.", published_at: null }, having());
  const invalid = await api.postsCreate({ title: "", body: "Typed.", tags: ["fine", "!?"] }, having());
  const tag = edited.headers.get("ETag") ?? "";
  const replaced = await api.postsUpdate(slug, { ...edited.data, title: "Uno" }, having({ "If-Match": tag }));
  const deleted = await api.postsDestroy(slug, having());
  const gone = await api.postsRetrieve(slug, undefined, having());
  const signedOut = await api.authAppSessionDestroy(having());
  const afterwards = await api.usersRetrieve("me", undefined, having());

  const report = {
    created: created.map(({ first, again }) => [
      first.status,
      again.headers.get("Idempotency-Replayed"),
      first.status === 201 && again.status === 201 && first.data.id === again.data.id,
    ]),
    walked: walked.map((post) => post.title),
    edited: [edited.status, edited.data.excerpt, edited.data.author.username === username],
    stale: stale.status === 412 && [stale.data.status, stale.data.code],
    stale_has_current_tag: stale.headers.get("ETag") === tag,
    draft: draft.status === 201 && draft.data.status,
    invalid: invalid.status === 400 && [
      invalid.data.status,
      invalid.data.code,
      invalid.data.errors?.map((fault) => [fault.pointer, fault.code]),
    ],
    replaced: replaced.status === 200 && [replaced.status, replaced.data.title, replaced.data.excerpt],
    deleted: deleted.status,
    gone: gone.status === 404 && [gone.data.status, gone.data.code],
    signed_out: signedOut.status === 401 && [signedOut.status, signedOut.data.meta?.is_authenticated],
    afterwards: afterwards.status,
  };
  console.log(JSON.stringify(report));
}

main();
