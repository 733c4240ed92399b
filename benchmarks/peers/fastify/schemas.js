// What the API takes and gives. Fastify compiles a serializer from each response schema.

const text = { type: "string" };

const author = { type: "object", properties: { id: text, username: text, display_name: text } };

const post = {
  type: "object",
  properties: {
    id: text,
    slug: text,
    title: text,
    body: text,
    excerpt: text,
    status: text,
    published_at: { type: ["string", "null"] },
    author,
    tags: { type: "array", items: text },
    created_at: text,
    updated_at: text,
  },
};

export const listSchema = {
  querystring: {
    type: "object",
    properties: { cursor: text, author: text, search: text },
  },
  response: {
    200: {
      type: "object",
      properties: {
        count: { type: ["integer", "null"] },
        next: { type: ["string", "null"] },
        previous: { type: ["string", "null"] },
        results: { type: "array", items: post },
      },
    },
  },
};

export const detailSchema = {
  params: { type: "object", properties: { key: { type: "string", format: "uuid" } } },
  response: { 200: post },
};

export const createSchema = {
  body: {
    type: "object",
    required: ["title", "body"],
    additionalProperties: false,
    properties: {
      slug: { type: "string", maxLength: 120 },
      title: { type: "string", minLength: 1, maxLength: 200 },
      body: { type: "string", minLength: 1, maxLength: 100000 },
      excerpt: { type: "string", maxLength: 300, default: "" },
      tags: { type: "array", maxItems: 20, items: { type: "string", maxLength: 50 }, default: [] },
    },
  },
  response: { 201: post },
};
