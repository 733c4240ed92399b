// The application.

import etag from "@fastify/etag";
import jwt from "@fastify/jwt";
import Fastify from "fastify";
import * as posts from "./posts.js";
import { createSchema, detailSchema, listSchema } from "./schemas.js";

export async function build() {
  const app = Fastify({ logger: false });
  await app.register(etag);
  await app.register(jwt, { secret: process.env.PEER_SECRET });

  // Reading needs no token, but one that is sent has to be valid.
  const reader = async (request) => {
    if (request.headers.authorization) await request.jwtVerify();
  };

  app.get("/posts", { schema: listSchema, onRequest: reader }, async (request) => {
    const { results, next } = await posts.list(request.query);
    return { count: null, next: next && linkTo(request, next), previous: null, results };
  });

  app.get("/posts/:key", { schema: detailSchema, onRequest: reader }, async (request, reply) => {
    const post = await posts.find(request.params.key);
    return post ?? reply.code(404).send();
  });

  const signedIn = { schema: createSchema, onRequest: (request) => request.jwtVerify() };
  app.post("/posts", signedIn, async (request, reply) => {
    const post = await posts.create(request.user.sub, request.body);
    return reply.code(201).header("location", `${request.protocol}://${request.host}/posts/${post.id}`).send(post);
  });
  return app;
}

function linkTo(request, cursor) {
  const url = new URL(request.url, `${request.protocol}://${request.host}`);
  url.searchParams.set("cursor", cursor);
  return url.href;
}
