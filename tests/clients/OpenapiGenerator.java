// What every client has to be able to do, with the client that openapi-generator makes for Java.

import client.ApiClient;
import client.ApiException;
import client.ApiResponse;
import client.api.AuthAppApi;
import client.api.PostsApi;
import client.api.UsersApi;
import client.model.AuthLogin;
import client.model.PatchedPostRequest;
import client.model.Post;
import client.model.PostPage;
import client.model.PostRequest;
import client.model.SignUpRequest;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

class OpenapiGenerator {
    static final String PASSWORD = "correct-horse-battery-staple";
    static String username;
    static String accessToken = "";
    static PostsApi posts;

    interface Call {
        Object send() throws ApiException;
    }

    /** The response to a request that is refused. */
    static ApiException refused(Call call) {
        try {
            call.send();
        } catch (ApiException error) {
            return error;
        }
        throw new AssertionError("not refused");
    }

    static JsonNode problem(ApiException error) throws Exception {
        return new ObjectMapper().readTree(error.getResponseBody());
    }

    static String header(ApiResponse<?> response, String name) {
        return response.getHeaders().entrySet().stream()
                .filter(each -> each.getKey().equalsIgnoreCase(name)).findFirst().orElseThrow().getValue().get(0);
    }

    static PostRequest post(String title) {
        return new PostRequest().title(title).body("Typed.");
    }

    static List<Object> create(String title) throws ApiException {
        PostRequest body = post(title).tags(List.of("typed", username));
        String key = UUID.randomUUID().toString();
        ApiResponse<Post> first = posts.postsCreateWithHttpInfo(body, key);
        ApiResponse<Post> again = posts.postsCreateWithHttpInfo(body, key);
        boolean same = first.getData().getId().equals(again.getData().getId());
        return List.of(first.getStatusCode(), header(again, "Idempotency-Replayed"), same);
    }

    static List<Post> walk() throws ApiException {
        List<Post> found = new ArrayList<>();
        String cursor = null;
        while (true) {
            PostPage page = posts.postsList(
                    null, null, List.of("typed", username), null, null, null, null, null, null, null, null, null, null,
                    null, null, null, null, null, List.of("title"), null, cursor, null, 2, null, null);
            found.addAll(page.getResults());
            if (page.getNext() == null) {
                return found;
            }
            String query = URI.create(page.getNext().toString()).getRawQuery();
            cursor = URLDecoder.decode(query.replaceAll(".*cursor=([^&]*).*", "$1"), StandardCharsets.UTF_8);
        }
    }

    public static void main(String[] arguments) throws Exception {
        username = arguments[1];
        ApiClient client = new ApiClient();
        client.updateBaseUri(arguments[0]);
        client.setRequestInterceptor(request -> {
            if (!accessToken.isEmpty()) {
                request.header("Authorization", "Bearer " + accessToken);
            }
        });
        AuthAppApi auth = new AuthAppApi(client);
        UsersApi users = new UsersApi(client);
        posts = new PostsApi(client);

        String email = username + "@example.com";
        users.usersCreate(new SignUpRequest().username(username).email(email).password(PASSWORD), null);
        AuthLogin login = new AuthLogin().username(username).password(PASSWORD);
        accessToken = auth.authAppLogin(login).getMeta().getAccessToken();

        List<Object> created = new ArrayList<>();
        for (String title : List.of("One", "Three", "Two")) {
            created.add(create(title));
        }
        List<Post> walked = walk();

        String slug = walked.get(0).getSlug();
        String tag = header(posts.postsRetrieveWithHttpInfo(slug, null, null, null), "ETag");
        PatchedPostRequest edit = new PatchedPostRequest().excerpt("Edited.");
        PatchedPostRequest lost = new PatchedPostRequest().excerpt("Lost.");
        ApiResponse<Post> edited = posts.postsPartialUpdateWithHttpInfo(slug, tag, null, edit);
        ApiException stale = refused(() -> posts.postsPartialUpdate(slug, tag, null, lost));
        Post draft = posts.postsCreate(post("Later").status(PostRequest.StatusEnum.DRAFT), null);
        PostRequest faulty = post("").tags(List.of("fine", "!?"));
        JsonNode invalid = problem(refused(() -> posts.postsCreate(faulty, null)));
        List<Object> faults = new ArrayList<>();
        invalid.get("errors").forEach(each -> faults.add(List.of(each.get("pointer"), each.get("code"))));
        Post read = edited.getData();
        PostRequest whole = new PostRequest().title("Uno").body(read.getBody()).excerpt(read.getExcerpt())
                .tags(read.getTags()).publishedAt(read.getPublishedAt());
        ApiResponse<Post> replaced = posts.postsUpdateWithHttpInfo(slug, whole, header(edited, "ETag"), null, null);
        int deleted = posts.postsDestroyWithHttpInfo(slug, null, null).getStatusCode();
        JsonNode gone = problem(refused(() -> posts.postsRetrieve(slug, null, null, null)));
        ApiException signedOut = refused(() -> auth.authAppSessionDestroyWithHttpInfo());
        ApiException afterwards = refused(() -> users.usersRetrieve("me", null, null, null));

        Map<String, Object> report = new LinkedHashMap<>();
        report.put("created", created);
        report.put("walked", walked.stream().map(Post::getTitle).toList());
        boolean own = read.getAuthor().getUsername().equals(username);
        report.put("edited", List.of(edited.getStatusCode(), read.getExcerpt(), own));
        report.put("stale", List.of(problem(stale).get("status"), problem(stale).get("code")));
        String current = stale.getResponseHeaders().firstValue("ETag").orElseThrow();
        report.put("stale_has_current_tag", current.equals(header(edited, "ETag")));
        report.put("draft", draft.getStatus());
        report.put("invalid", List.of(invalid.get("status"), invalid.get("code"), faults));
        Post now = replaced.getData();
        report.put("replaced", List.of(replaced.getStatusCode(), now.getTitle(), now.getExcerpt()));
        report.put("deleted", deleted);
        report.put("gone", List.of(gone.get("status"), gone.get("code")));
        boolean is = problem(signedOut).get("meta").get("is_authenticated").booleanValue();
        report.put("signed_out", List.of(signedOut.getCode(), is));
        report.put("afterwards", afterwards.getCode());
        System.out.println(new ObjectMapper().writeValueAsString(report));
    }
}
