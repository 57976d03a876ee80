"""Uploaded pictures in a form: read, drawn anew, and never kept as they came (lesson 51)."""

from typing import Any

from django import forms
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile

from tearoff.kit.pictures import BadPicture, reencoded


class PictureField(forms.FileField):
    """Its value is a new picture, the stored one (nothing was sent), or "" (it is to be cleared)."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            help_text="PNG, JPEG, WebP or GIF. It is drawn anew, at most 1600 pixels wide or high.", **options
        )

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return super().widget_attrs(widget) | {"accept": "image/png,image/jpeg,image/webp,image/gif"}

    def clean(self, data: Any, initial: Any = None) -> Any:
        kept = super().clean(data, initial)
        if kept is False:
            return ""
        if not isinstance(kept, UploadedFile):
            return kept
        try:
            picture: ContentFile[bytes] = reencoded(kept)
        except BadPicture as bad:
            raise forms.ValidationError(bad.reason) from bad
        return picture
