"""The page of an item in the trash."""

from django.test import Client
from django.urls import reverse

from api_project.journal.models import Entry
from posts.models import Post
from tests.admin.forms import form_of
from tests.admin.test_trash import delete, listed, messages
from tests.factories import make_post


def item_page(client: Client, *, title: str) -> str:
    """The address of the page of a deleted post."""
    delete(client, make_post(title=title))
    return reverse("admin:journal_deletion_change", args=[Entry.objects.get(title=title).pk])


def test_an_item_is_restored_on_its_own_page(editor_pages: Client) -> None:
    page = editor_pages.get(item_page(editor_pages, title="T"))
    trash = reverse("admin:journal_deletion_changelist")
    assert f'name="action" value="restore" formaction="{trash}">Restore</button>' in page.content.decode()
    form = {**form_of(page, "deletion_form"), "action": "restore"}
    assert messages(editor_pages.post(trash, form, follow=True)) == ["Restored: 1 of 1 item in the trash."]
    assert Post.objects.get().title == "T"
    assert listed(editor_pages) == []


def test_the_page_of_an_item_says_that_its_deletion_is_for_ever_and_until_when_it_can_be_restored(
    editor_pages: Client,
) -> None:
    url = item_page(editor_pages, title="T")
    page = editor_pages.get(url).content.decode()
    assert 'class="deletelink">Delete for ever</a>' in page
    assert "You can restore it until then. After that, it is deleted for ever." in page
    assert not any(text in page for text in ("Of a resource in the trash", "Empty for any other entry"))
    spanish = editor_pages.get(url, headers={"Accept-Language": "es"}).content.decode()
    assert all(text in spanish for text in (">Restaurar</button>", "Puede restaurarlo hasta entonces."))
