from django.urls import path

from api_project.http.routers import Router
from api_project.journal.views.changes import ChangesStreamView, ChangesView
from api_project.journal.views.trash import TrashViewSet

router = Router()
router.register("trash", TrashViewSet, basename="trash")

urlpatterns = [
    path("changes", ChangesView.as_view(), name="changes"),
    path("changes/stream", ChangesStreamView.as_view(), name="changes-stream"),
    *router.urls,
]
