from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.contrib.admin.widgets import AdminTextareaWidget
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.urls import reverse, reverse_lazy
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from api_project.admin_fields import LineField, TextField
from api_project.admin_forms import ServiceForm
from api_project.admin_ui.times import zone_name
from api_project.admin_ui.widgets import MarkdownWidget, TypedSelectMultiple
from posts.models import MAX_TAGS, Post, Tag
from posts.serializers import BODY_MAX_LENGTH
from posts.services import change_post, create_post
from posts.slugs import POST_SLUG_MAX_LENGTH, TAG_SLUG_MAX_LENGTH, BadSlug, read_slug

if TYPE_CHECKING:
    from users.models import User


class SlugField(LineField):
    """A slug. Free text becomes one."""

    def __init__(self, *, slug_length: int, **kwargs: Any) -> None:
        self.slug_length = slug_length
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> str:
        text = super().to_python(value)
        try:
            return read_slug(text, max_length=self.slug_length) if text else ""
        except BadSlug as error:
            raise ValidationError(error.message, code=error.code) from None


class TagsField(forms.Field):
    """The slugs of tags, known or new."""

    _slug = SlugField(slug_length=TAG_SLUG_MAX_LENGTH)

    def __init__(self, **kwargs: Any) -> None:
        widget = TypedSelectMultiple(
            reverse_lazy("admin:autocomplete"), {"app_label": "posts", "model_name": "posttag", "field_name": "tag"}
        )
        super().__init__(widget=widget, **kwargs)

    def prepare_value(self, value: Any) -> list[str]:
        return sorted(str(each) for each in value or ())

    def to_python(self, value: Any) -> list[str]:
        """Raises ValidationError for each text that has no slug, and if there are too many."""
        slugs, errors = set(), []
        for text in filter(None, value or ()):
            try:
                slugs.add(self._slug.clean(text))
            except ValidationError as error:
                errors += [f"{text[:60]}: {message}" for message in error.messages]
        if errors:
            raise ValidationError(errors)
        if len(slugs) > MAX_TAGS:
            raise ValidationError(_("Choose up to %(max)d tags."), code="max_length", params={"max": MAX_TAGS})
        return sorted(slugs)


class TagForm(ServiceForm[Tag]):
    slug = SlugField(slug_length=TAG_SLUG_MAX_LENGTH)

    class Meta:
        model = Tag
        fields = ("slug",)


class PostForm(ServiceForm[Post]):
    """Writes the post through the services, which ignore fields that do not change.

    The button decides on the publication time: see `_decide_publication`.
    """

    # The author of a new post if the form has no field for one.
    writer: ClassVar["User"]

    slug = SlugField(slug_length=POST_SLUG_MAX_LENGTH, required=False, help_text=_("If empty, derived from the title."))
    tags = TagsField(required=False, help_text=_("Type a tag and a comma, or choose one. New ones are created."))
    body = TextField(max_length=BODY_MAX_LENGTH, strip=False, widget=MarkdownWidget)

    class Meta:
        model = Post
        fields = ("title", "slug", "author", "tags", "published_at", "excerpt", "body")
        widgets = {"excerpt": AdminTextareaWidget({"rows": 2})}
        field_classes = {"excerpt": TextField}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        text = gettext("Such as 2026-01-31 and 9:30 p.m., in %(zone)s. A date alone is its midnight.")
        self.fields["published_at"].help_text = text % {"zone": zone_name()}

    def clean_slug(self) -> str:
        slug: str = self.cleaned_data["slug"] or self.instance.slug
        other = Post.objects.filter(slug=slug).exclude(pk=self.instance.pk).only("title").first() if slug else None
        if other:
            page = reverse("admin:posts_post_change", args=[other.pk])
            link = format_html('<a href="{}">{}</a>', page, other.title)
            raise ValidationError(format_html(gettext("Another post has this slug: {}."), link), code="unique")
        return slug

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.is_change and "author" not in self.errors:
            data.setdefault("author", self.writer)
        if "author" in data and not _locked_if_open(data["author"]):
            raise ValidationError(_("The author's account is closed. Choose another author."), code="closed")
        return data

    def full_clean(self) -> None:
        super().full_clean()
        if self.is_bound and "published_at" not in self.errors:
            self._decide_publication()

    def _decide_publication(self) -> None:
        """Set `published_at` by the button that was pressed, or add an error that says what that button needs."""
        now, before = timezone.now(), self.initial.get("published_at") if self.is_change else None
        given = self.cleaned_data.get("published_at", before)
        if "_draft" in self.data:
            self.cleaned_data["published_at"] = None
        elif "_publish" in self.data:
            self.cleaned_data["published_at"] = self._publication_at_once(given, now)
        elif "_schedule" in self.data and (given is None or given <= now):
            self.add_error("published_at", ValidationError(_("Choose a time in the future."), code="not_future"))
        elif given and not before and {"_save", "_continue"} & set(self.data):
            text = _("A draft has no publication time. Choose “Schedule” or “Publish now”, or empty this.")
            self.add_error("published_at", ValidationError(text, code="draft"))

    def _publication_at_once(self, given: datetime | None, now: datetime) -> datetime:
        """A time in the past is the date under which the post appears. A time in the future is refused if it is typed.

        The button replaces the stored time of a scheduled post.
        """
        if given and given > now and "published_at" in self.changed_data:
            text = _("This is in the future. Choose “%(button)s”, or empty the field to publish now.")
            button = gettext("Save changes") if self.initial.get("published_at") else gettext("Schedule")
            self.add_error("published_at", ValidationError(text, code="future", params={"button": button}))
        return given if given and given <= now else now

    def save(self, commit: bool = True) -> Post:
        if not self.is_change:
            return create_post(at=timezone.now(), **self.cleaned_data)
        # Validation has already changed the form's instance. `change_post` has to compare with the stored row.
        return change_post(post=Post.objects.get(pk=self.instance.pk), at=timezone.now(), **self.cleaned_data)


class NewNameForm(forms.Form):
    """The name that one tag, or several, get."""

    slug = SlugField(slug_length=TAG_SLUG_MAX_LENGTH, label=_("New name"))


def _locked_if_open(author: "User") -> bool:
    """Lock the author's row until the transaction ends, so that closing the account waits for the new post.

    Returns False if the account is closed.
    """
    accounts: Any = get_user_model()._default_manager.select_for_update(no_key=True)
    return accounts.filter(pk=author.pk, closed_at=None).first() is not None
