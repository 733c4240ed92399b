// What every client has to be able to do, with the client that openapi-generator makes for Go.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"

	api "example.org/api"
)

const password = "correct-horse-battery-staple"

var username string

type problem struct {
	Status int
	Code   string
	Errors []struct{ Pointer, Code string }
	Meta   struct {
		IsAuthenticated bool `json:"is_authenticated"`
	}
}

func must[T any](value T, response *http.Response, err error) (T, *http.Response) {
	if err != nil {
		panic(err)
	}
	return value, response
}

// refused gives the response to a request that is refused, and the problem in it.
func refused(response *http.Response, err error) (*http.Response, problem) {
	var refusal *api.GenericOpenAPIError
	if !errors.As(err, &refusal) {
		panic(fmt.Sprint("not refused: ", err))
	}
	var found problem
	if err := json.Unmarshal(refusal.Body(), &found); err != nil {
		panic(err)
	}
	return response, found
}

func create(ctx context.Context, posts *api.PostsAPIService, title string) []any {
	body := *api.NewPostRequest(title, "Typed.")
	body.SetTags([]string{"typed", username})
	request := posts.PostsCreate(ctx).PostRequest(body).IdempotencyKey("key-of-" + username + "-" + title)
	first, response := must(request.Execute())
	again, repeated := must(request.Execute())
	return []any{response.StatusCode, repeated.Header.Get("Idempotency-Replayed"), first.GetId() == again.GetId()}
}

func walk(ctx context.Context, posts *api.PostsAPIService) []api.Post {
	var found []api.Post
	request := posts.PostsList(ctx).Tag([]string{"typed", username}).Ordering([]string{"title"}).PageSize(2)
	for {
		page, _ := must(request.Execute())
		found = append(found, page.GetResults()...)
		if page.GetNext() == "" {
			return found
		}
		next, err := url.Parse(page.GetNext())
		if err != nil {
			panic(err)
		}
		request = request.Cursor(next.Query().Get("cursor"))
	}
}

func main() {
	username = os.Args[2]
	configuration := api.NewConfiguration()
	configuration.Servers = api.ServerConfigurations{{URL: os.Args[1]}}
	client := api.NewAPIClient(configuration)
	auth, posts, users := client.AuthAppAPI, client.PostsAPI, client.UsersAPI
	ctx := context.Background()

	signUp := *api.NewSignUpRequest(username, username+"@example.com", password)
	must(users.UsersCreate(ctx).SignUpRequest(signUp).Execute())
	login := *api.NewAuthLogin(password)
	login.SetUsername(username)
	signedIn, _ := must(auth.AuthAppLogin(ctx).AuthLogin(login).Execute())
	meta := signedIn.GetMeta()
	ctx = context.WithValue(ctx, api.ContextAccessToken, meta.GetAccessToken())

	var created []any
	for _, title := range []string{"One", "Three", "Two"} {
		created = append(created, create(ctx, posts, title))
	}
	walked := walk(ctx, posts)
	titles := []string{}
	for _, post := range walked {
		titles = append(titles, post.GetTitle())
	}

	slug := walked[0].GetSlug()
	_, read := must(posts.PostsRetrieve(ctx, slug).Execute())
	tag := read.Header.Get("ETag")
	edit, lost := *api.NewPatchedPostRequest(), *api.NewPatchedPostRequest()
	edit.SetExcerpt("Edited.")
	lost.SetExcerpt("Lost.")
	post, edited := must(posts.PostsPartialUpdate(ctx, slug).IfMatch(tag).PatchedPostRequest(edit).Execute())
	_, response, err := posts.PostsPartialUpdate(ctx, slug).IfMatch(tag).PatchedPostRequest(lost).Execute()
	current, stale := refused(response, err)
	later := *api.NewPostRequest("Later", "Typed.")
	later.SetPublishedAtNil()
	draft, _ := must(posts.PostsCreate(ctx).PostRequest(later).Execute())
	faulty := *api.NewPostRequest("", "Typed.")
	faulty.SetTags([]string{"fine", "!?"})
	_, response, err = posts.PostsCreate(ctx).PostRequest(faulty).Execute()
	_, invalid := refused(response, err)
	var faults []any
	for _, each := range invalid.Errors {
		faults = append(faults, []string{each.Pointer, each.Code})
	}
	whole := *api.NewPostRequest("Uno", post.GetBody())
	whole.SetExcerpt(post.GetExcerpt())
	whole.SetTags(post.GetTags())
	whole.SetPublishedAt(post.GetPublishedAt())
	write := posts.PostsUpdate(ctx, slug).IfMatch(edited.Header.Get("ETag")).PostRequest(whole)
	now, replaced := must(write.Execute())
	deleted, err := posts.PostsDestroy(ctx, slug).Execute()
	if err != nil {
		panic(err)
	}
	_, response, err = posts.PostsRetrieve(ctx, slug).Execute()
	_, gone := refused(response, err)
	signedOut, out := refused(auth.AuthAppSessionDestroy(ctx).Execute())
	_, response, err = users.UsersRetrieve(ctx, "me").Execute()
	afterwards, _ := refused(response, err)

	author := post.GetAuthor()
	report, err := json.Marshal(map[string]any{
		"created":               created,
		"walked":                titles,
		"edited":                []any{edited.StatusCode, post.GetExcerpt(), author.GetUsername() == username},
		"stale":                 []any{stale.Status, stale.Code},
		"stale_has_current_tag": current.Header.Get("ETag") == edited.Header.Get("ETag"),
		"draft":                 draft.GetStatus(),
		"invalid":               []any{invalid.Status, invalid.Code, faults},
		"replaced":              []any{replaced.StatusCode, now.GetTitle(), now.GetExcerpt()},
		"deleted":               deleted.StatusCode,
		"gone":                  []any{gone.Status, gone.Code},
		"signed_out":            []any{signedOut.StatusCode, out.Meta.IsAuthenticated},
		"afterwards":            afterwards.StatusCode,
	})
	if err != nil {
		panic(err)
	}
	fmt.Println(string(report))
}
