import re
from datetime import timedelta
from io import StringIO
from itertools import pairwise

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.password_validation import validate_password
from django.core.management import CommandError, call_command
from django.db.models import QuerySet
from django.utils import timezone
from pytest_django import Settings

from api_project.demo import background, corpus
from api_project.demo.plan import Plan, people
from api_project.demo.small import PASSWORD
from api_project.journal.models import Action, Entry
from api_project.journal.registry import named
from api_project.journal.trash import restore
from api_project.journal.versions import version_of
from posts.comments.models import Comment
from posts.models import Post, SearchDocument, Status
from posts.search.index import search_document
from posts.search.query import search
from posts.services import change_post
from posts.slugs import slug_from_title
from tests.factories import make_user
from users.models import Role, User

SMALL_POSTS, SMALL_USERS = len(corpus.articles()), len(corpus.accounts())


def demo(*arguments: object) -> str:
    output = StringIO()
    call_command("demo", *map(str, arguments), stdout=output)
    return output.getvalue()


def with_status(status: Status) -> QuerySet[Post]:
    return Post.objects.with_status(status, at=timezone.now())


def test_the_small_set_has_authors_of_each_role_and_posts_of_each_status(db: None) -> None:
    demo()
    assert sorted(User.objects.values_list("role", flat=True)) == [Role.ADMIN, Role.EDITOR, *[Role.MEMBER] * 5]
    assert Post.objects.count() == SMALL_POSTS
    assert all(len(with_status(status)) >= 3 for status in Status)
    assert not Post.objects.filter(created_at__lt=timezone.now() - timedelta(days=750)).exists()


def test_the_small_set_has_comments_that_were_written_after_their_posts(db: None) -> None:
    demo()
    demo()
    comments = Comment.objects.select_related("post")

    assert len(comments) == sum(map(len, corpus.comments().values()))
    assert all(each.post.created_at < each.created_at <= timezone.now() for each in comments)


def test_some_posts_of_the_small_set_have_earlier_versions_by_several_editors(db: None) -> None:
    demo()
    articles = {article.title: article for article in corpus.articles()}
    edited = [title for title, told in corpus.history().items() if "edits" in told]
    assert len(edited) == 3
    for title in edited:
        post, article = Post.objects.get(title=title), articles[title]
        assert (post.slug, post.body, post.excerpt) == (slug_from_title(title), article.body, article.excerpt)
        entries = list(Entry.objects.about("posts", post.pk).order_by("number"))
        assert [entry.action for entry in entries] == [Action.CREATE, *[Action.CHANGE] * (len(entries) - 1)]
        assert len(entries) >= 3
        assert len({entry.actor_id for entry in entries}) == 2
        assert [entry.at for entry in entries] == sorted(entry.at for entry in entries)
        assert entries[-1].at == post.updated_at < timezone.now()
        versions = [version_of(named("posts"), post, entry.number) for entry in entries]
        assert all(newer != older for older, newer in pairwise(versions))


def test_a_deleted_post_is_in_the_trash_of_the_small_set(db: None) -> None:
    demo()
    demo()
    deletion = Entry.objects.in_trash(at=timezone.now()).get()
    assert deletion.title == corpus.deleted_articles()[0].title
    assert deletion.actor_id == User.objects.get(role=Role.EDITOR).pk
    restore(deletion, at=timezone.now())
    demo()
    assert Post.objects.count() == SMALL_POSTS + 1


@pytest.mark.parametrize("more", [0, 250])
def test_the_journal_has_an_entry_for_every_post_and_person_of_the_demo(db: None, more: int) -> None:
    demo("--posts", SMALL_POSTS + more, "--users", SMALL_USERS + more)
    for name, model in (("posts", Post), ("users", User), ("comments", Comment)):
        created = Entry.objects.filter(resource_type=name, action=Action.CREATE, number=1)
        living = set(model._default_manager.values_list("pk", flat=True))
        assert living <= set(created.values_list("resource_id", flat=True))
        assert created.count() == len(living) + (name == "posts")  # One is in the trash.
    recorded = dict(Entry.objects.filter(action=Action.CREATE).values_list("resource_id", "at"))
    assert all(recorded[key] == at for key, at in Post.objects.values_list("pk", "created_at"))


def test_a_generated_post_that_is_changed_has_its_first_version(db: None) -> None:
    demo("--posts", SMALL_POSTS + 1)
    post = Post.objects.latest("pk")
    title, author = post.title, post.author_id
    change_post(post=post, at=timezone.now(), title="New")
    first, second = Entry.objects.about("posts", post.pk).order_by("number")
    assert (first.action, first.actor_id, second.number) == (Action.CREATE, author, 2)
    assert (version_of(named("posts"), post, 1) or {})["title"] == title


def test_the_small_set_passes_every_check_of_its_models(db: None) -> None:
    demo()
    for comment in Comment.objects.all():
        comment.full_clean()
    for post in Post.objects.prefetch_related("tags"):
        post.full_clean()
        assert post.tags.all()
    for user in User.objects.all():
        user.full_clean()
        validate_password(PASSWORD, user)


def test_the_printed_accounts_can_sign_in(db: None, settings: Settings) -> None:
    settings.DEBUG = True
    output = demo()
    assert PASSWORD in output
    for user in User.objects.all():
        assert user.username in output
        assert user.check_password(PASSWORD)
    assert EmailAddress.objects.filter(verified=True, primary=True).count() == SMALL_USERS


def test_in_production_the_demo_accounts_get_a_password_that_is_printed_once_and_published_nowhere(db: None) -> None:
    output = demo()
    password = re.search(r"with the password (\S+)", output)
    assert password
    for user in User.objects.all():
        assert user.check_password(password[1])
        assert not user.check_password(PASSWORD)
    assert "password" not in demo()


def test_the_command_counts_the_people_that_it_added(db: None) -> None:
    assert f" {SMALL_USERS} people added " in demo()
    assert " 0 people added " in demo()
    assert " 5 people added " in demo("--users", SMALL_USERS + 5)


def test_a_person_who_has_a_demo_username_is_not_taken_for_a_demo_account(db: None) -> None:
    person = make_user(username="marta", email="marta@elsewhere.example")
    demo()
    assert not Post.objects.filter(author=person).exists()
    assert User.objects.count() == 1 + SMALL_USERS


def test_search_finds_the_small_set(db: None) -> None:
    demo()
    assert [post.title for post in search(Post.objects.all(), '"salt cod" bras')] == [
        "Bacalhau à Brás for people who are afraid of salt cod"
    ]
    assert search(Post.objects.all(), "दूरबीन 7×50").count() == 1


def test_a_second_run_leaves_the_small_set_alone(db: None) -> None:
    demo()
    before = set(Post.objects.values_list("pk", "updated_at"))
    demo()
    assert set(Post.objects.values_list("pk", "updated_at")) == before
    assert User.objects.count() == SMALL_USERS


def test_if_empty_adds_nothing_to_a_database_with_a_user(db: None) -> None:
    make_user()
    assert demo("--if-empty") == ""
    assert not Post.objects.exists()


def test_if_empty_fills_an_empty_database(db: None) -> None:
    demo("--if-empty")
    assert Post.objects.exists()


def test_the_demo_can_have_fewer_posts_and_users(db: None) -> None:
    demo("--posts", 2, "--users", 1)
    assert (Post.objects.count(), User.objects.get().role) == (2, Role.ADMIN)


@pytest.mark.parametrize("number", ["-1", "1.5", "many"])
def test_an_argument_that_is_not_a_number_is_refused(number: str) -> None:
    with pytest.raises(CommandError, match="expected a whole number"):
        demo("--posts", number)


def test_each_run_generates_as_many_posts_as_requested(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    for batch in (100, 1000):  # Another process generates more than one.
        monkeypatch.setattr(background, "BATCH", batch)
        demo("--posts", SMALL_POSTS + 250, "--users", SMALL_USERS + 20)
    assert Post.objects.count() == SMALL_POSTS + 2 * 250
    assert User.objects.count() == SMALL_USERS + 2 * 20
    assert EmailAddress.objects.filter(verified=True).count() == SMALL_USERS + 2 * 20
    assert not any(user.has_usable_password() for user in User.objects.filter(username__regex="-[0-9a-f]{8}$"))


def test_generated_posts_are_as_valid_and_indexed_as_written_ones(db: None) -> None:
    demo("--posts", SMALL_POSTS + 250)
    for post in Post.objects.select_related("author").prefetch_related("tags"):
        post.full_clean()
        found = SearchDocument.objects.get(post=post)
        assert sorted(found.tokens.split()) == sorted(
            search_document(post, [tag.slug for tag in post.tags.all()]).tokens.split()
        )
        folded = post.title_folded
        assert post._meta.get_field("title_folded").pre_save(post, add=False) == folded
        assert post.created_at <= post.updated_at <= timezone.now()


def test_the_same_seed_gives_the_same_plan() -> None:
    at, authors = timezone.now(), [User().id, User().id]
    tags = {slug: number for number, slug in enumerate(corpus.vocabulary()["things"])}
    one, same, other = (Plan(30, authors, tags, at, seed) for seed in ("a", "a", "b"))
    assert list(one.batches()) == list(same.batches())
    assert list(one.batches()) != list(other.batches())
    assert list(people(5, seed="a")) == list(people(5, seed="a"))
