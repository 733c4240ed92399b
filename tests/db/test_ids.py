"""An id that a client chose is claimed by one transaction at a time."""

from concurrent.futures import Future, ThreadPoolExecutor
from uuid import UUID

import pytest
from django.db import connections, transaction

from api_project.db import changes
from api_project.db.fields import new_id
from api_project.db.ids import claim_id
from posts.models import Post
from tests.factories import make_post
from users.models import User

pytestmark = pytest.mark.django_db(transaction=True)


def claim(key: UUID) -> bool:
    try:
        with transaction.atomic():
            return claim_id(Post, key)
    finally:
        connections.close_all()


@pytest.mark.parametrize("is_deleted", [False, True], ids=["a row", "a deleted row"])
def test_a_claim_waits_for_another_one_and_sees_what_it_has_done(is_deleted: bool, member: User) -> None:
    key = new_id()
    with ThreadPoolExecutor() as pool:
        with transaction.atomic():
            assert claim_id(Post, key)
            waiting: Future[bool] = pool.submit(claim, key)
            with pytest.raises(TimeoutError):
                waiting.result(timeout=0.5)
            post = make_post(member, pk=key)
        if is_deleted:
            changes.delete(post, at=post.created_at)
        assert waiting.result(timeout=10) is False


def test_claims_to_two_ids_do_not_wait_for_each_other_on_postgresql(member: User) -> None:
    with ThreadPoolExecutor() as pool, transaction.atomic():
        assert claim_id(Post, new_id())
        if connections["default"].vendor == "postgresql":
            assert pool.submit(claim, new_id()).result(timeout=10)
