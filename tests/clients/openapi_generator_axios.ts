// What every client has to be able to do, with the client that openapi-generator makes for axios.
import axios, { type AxiosResponse } from "axios";
import { AuthAppApi, Configuration, PostsApi, PostsListOrderingEnum, UsersApi } from "./api/index.js";
import type { AuthProblem, Post, Problem, ValidationProblem } from "./api/index.js";

const [basePath, username] = process.argv.slice(2) as [string, string];
const password = "correct-horse-battery-staple";
const configuration = new Configuration({ basePath });
const [auth, posts, users] = [new AuthAppApi(configuration), new PostsApi(configuration), new UsersApi(configuration)];

/** The response to a request that is refused. */
async function refused<T>(sent: Promise<AxiosResponse>): Promise<AxiosResponse<T>> {
  const error: unknown = await sent.then(() => null, (error) => error);
  if (!axios.isAxiosError<T>(error) || !error.response) throw error ?? new Error("not refused");
  return error.response;
}

await users.usersCreate({ signUpRequest: { username, email: `${username}@example.com`, password } });
configuration.accessToken = (await auth.authAppLogin({ authLogin: { username, password } })).data.meta.access_token;

async function create(title: string) {
  const request = { idempotencyKey: crypto.randomUUID(), postRequest: { title, body: "Typed.", tags: ["typed", username] } };
  return { first: await posts.postsCreate(request), again: await posts.postsCreate(request) };
}

async function walk(): Promise<Post[]> {
  const found: Post[] = [];
  for (let cursor: string | undefined; ; ) {
    const ordering = [PostsListOrderingEnum.TITLE];
    const { data } = await posts.postsList({ tag: ["typed", username], ordering, pageSize: 2, cursor });
    found.push(...data.results);
    if (!data.next) return found;
    cursor = new URL(data.next).searchParams.get("cursor") ?? undefined;
  }
}

const created = [];
for (const title of ["One", "Three", "Two"]) created.push(await create(title));
const walked = await walk();

const id = created[0]?.first.data.slug ?? "";
const ifMatch: string = (await posts.postsRetrieve({ id })).headers["etag"];
const edited = await posts.postsPartialUpdate({ id, ifMatch, patchedPostRequest: { excerpt: "Edited." } });
const lost = { id, ifMatch, patchedPostRequest: { excerpt: "Lost." } };
const stale = await refused<Problem>(posts.postsPartialUpdate(lost));
const draft = await posts.postsCreate({ postRequest: { title: "Later", body: "Typed.", published_at: null } });
const faulty = { title: "", body: "Typed.", tags: ["fine", "!?"] };
const invalid = await refused<ValidationProblem>(posts.postsCreate({ postRequest: faulty }));
const whole = { ...edited.data, title: "Uno" };
const replaced = await posts.postsUpdate({ id, ifMatch: edited.headers["etag"], postRequest: whole });
const deleted = await posts.postsDestroy({ id });
const gone = await refused<Problem>(posts.postsRetrieve({ id }));
const signedOut = await refused<AuthProblem>(auth.authAppSessionDestroy());
const afterwards = await refused<Problem>(users.usersRetrieve({ id: "me" }));

const report = {
  created: created.map(({ first, again }) => [
    first.status,
    again.headers["idempotency-replayed"],
    first.data.id === again.data.id,
  ]),
  walked: walked.map((post) => post.title),
  edited: [edited.status, edited.data.excerpt, edited.data.author.username === username],
  stale: [stale.data.status, stale.data.code],
  stale_has_current_tag: stale.headers["etag"] === edited.headers["etag"],
  draft: draft.data.status,
  invalid: [invalid.data.status, invalid.data.code, invalid.data.errors?.map((fault) => [fault.pointer, fault.code])],
  replaced: [replaced.status, replaced.data.title, replaced.data.excerpt],
  deleted: deleted.status,
  gone: [gone.data.status, gone.data.code],
  signed_out: [signedOut.status, signedOut.data.meta?.is_authenticated],
  afterwards: afterwards.status,
};
console.log(JSON.stringify(report));
