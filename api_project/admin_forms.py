"""The admin's forms. They write only the fields that the user changed, and refuse if the row changed in the meantime.

A form carries a digest of the value that each control showed. If the control sends another value, the user changed the
field. If the control would show another value today, somebody else changed the row. Details that a control cannot show
(microseconds, kinds of line ends) are neither written nor compared.
"""

import hashlib
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar, cast

from django import forms
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.utils.functional import cached_property
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from api_project.admin_fields import model_of, usable_keys

M = TypeVar("M", bound=Model)


class ShownField(forms.BoundField):
    """A control that the user did not change shows the stored value, even in a refused form.

    A field without a label has that of the model's field.
    """

    def __init__(self, form: Any, field: forms.Field, name: str) -> None:
        super().__init__(form, field, name)
        columns = {
            column.name: column for column in (*form._meta.model._meta.fields, *form._meta.model._meta.many_to_many)
        }
        if field.label is None and name in columns:
            self.label = capfirst(columns[name].verbose_name)

    def value(self) -> Any:
        form = cast("ServiceForm[Any]", self.form)
        untouched = form.is_bound and form.is_change and self.name not in form.changed_data
        value = self.field.prepare_value(self.initial) if untouched else super().value()
        return usable_keys(self.field, value) if isinstance(self.field, forms.ModelChoiceField) else value


@dataclass(frozen=True)
class Difference:
    """One field in two versions, as text."""

    label: str
    yours: str
    current: str


class ServiceForm(forms.ModelForm[M]):
    """Writes through services in `save()`, with the row locked. `cleaned_data` holds only the changed fields."""

    STATE: ClassVar[str] = "shown_state"
    # Says who changed the stored object last, such as "Marta (10:51)"; None if that is unknown.
    last_changed_by: ClassVar["staticmethod[[Any], str | None] | None"] = None
    bound_field_class = ShownField

    @property
    def is_change(self) -> bool:
        return not self.instance._state.adding

    def is_multipart(self) -> bool:
        """Always true: URL-encoded, a text of 100,000 characters may exceed the maximum size of a body."""
        return True

    @cached_property
    def changed_data(self) -> list[str]:
        if not (self.is_bound and self.is_change):
            return super().changed_data
        return [name for name, shown in self._original_digests.items() if shown != _digest(self._submitted[name])]

    @cached_property
    def differences(self) -> list[Difference]:
        """The fields whose values in the form and in the row differ. Empty if the row is unchanged."""
        if not (self.is_bound and self.is_change) or self._original_digests == self._current_digests:
            return []
        names = [name for name in self._controls if _digest(self._submitted[name]) != self._current_digests[name]]
        return [self._difference(name) for name in names]

    @property
    def shown_state(self) -> str:
        """The digests of the shown values, which the form sends back as `STATE`; "" for a new object."""
        if not self.is_change:
            return ""
        return " ".join(f"{name}:{digest}" for name, digest in self._current_digests.items())

    def full_clean(self) -> None:
        """Clean only the changed fields. Add an error if the row changed in the meantime."""
        all_fields = self.fields
        is_stale = bool(self.differences)  # Compare first, because cleaning writes to the instance.
        if self.is_bound and self.is_change:
            self.fields = {name: field for name, field in all_fields.items() if name in self.changed_data}
        super().full_clean()
        self.fields = all_fields
        if is_stale:
            who = self.last_changed_by(self.instance) if self.last_changed_by else None
            self.add_error(None, ValidationError(_STALE, code="stale", params={"who": who or gettext("Somebody")}))

    @property
    def _controls(self) -> dict[str, forms.Field]:
        return {name: field for name, field in self.fields.items() if not field.disabled}

    @cached_property
    def _submitted(self) -> dict[str, list[str]]:
        return {name: _texts(field.widget, self[name].data) for name, field in self._controls.items()}

    @cached_property
    def _current_digests(self) -> dict[str, str]:
        return {name: _digest(self._stored(name)) for name in self._controls}

    @cached_property
    def _original_digests(self) -> dict[str, str]:
        """The digests that the form sent. If it sent none for a control, the current one."""
        pairs = (pair.partition(":") for pair in self.data.get(self.STATE, "").split())
        sent = {name: digest for name, _colon, digest in pairs if name in self._controls}
        return self._current_digests | sent

    def _stored(self, name: str) -> list[str]:
        return _shown(self.fields[name].widget, self.fields[name].prepare_value(self[name].initial))

    def _difference(self, name: str) -> Difference:
        field = self.fields[name]
        label = str(self[name].label)
        return Difference(label, _readable(field, self._submitted[name]), _readable(field, self._stored(name)))


_STALE = _(
    "%(who)s changed this after you opened it. Your changes were not saved. The form below shows them and, in all"
    " other fields, the values that are stored now. Compare both, then save again."
)


def _shown(widget: forms.Widget, value: Any) -> list[str]:
    """The data that a browser sends for a control that shows this value unchanged."""
    if isinstance(widget, RelatedFieldWidgetWrapper):
        return _shown(widget.widget, value)
    if isinstance(widget, forms.MultiWidget):
        parts = zip(widget.widgets, widget.decompress(value) or (), strict=True)
        return [text for part, each in parts for text in _shown(part, each)]
    if isinstance(widget, forms.CheckboxInput):
        return _texts(widget, bool(value))
    return _texts(widget, widget.format_value(value))


def _texts(widget: forms.Widget, data: Any) -> list[str]:
    """A control's data as text with LF as line ends. Browsers remove line ends from an `<input>`, so we do, too."""
    if isinstance(data, bool):
        return ["on"] if data else []
    line_end = "" if isinstance(widget, forms.TextInput) else "\n"
    texts = [str("" if each is None else each) for each in (data if isinstance(data, list | tuple) else [data])]
    lines = [text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", line_end) for text in texts]
    return sorted(lines) if getattr(widget, "allow_multiple_selected", False) else lines


def _digest(texts: list[str]) -> str:
    return hashlib.blake2b(repr(texts).encode(errors="surrogatepass"), digest_size=9).hexdigest()


def _readable(field: forms.Field, texts: list[str]) -> str:
    if isinstance(field, forms.ModelChoiceField):
        return ", ".join(map(str, model_of(field)._default_manager.filter(pk__in=usable_keys(field, texts))))
    if isinstance(field.widget, forms.CheckboxInput):
        return gettext("Yes") if texts else gettext("No")
    labels: Any = dict(cast("Any", field.choices)) if isinstance(field, forms.ChoiceField) else {}
    separator = ", " if getattr(field.widget, "allow_multiple_selected", False) else " "
    return separator.join(str(labels.get(text, text)) for text in texts)
