"""Folders, the tree of categories, and grants."""

from django.db import transaction

from tearoff.campaigns.models import Category, Folder, Grant
from tearoff.dashboard.admin_sorting import CategoryForm
from tests.dashboard.browsing import Operator, errors_in
from tests.street.rivals import while_waiting
from tests.world import Shop, open_shop

CATEGORIES, FOLDERS = "/admin/campaigns/category/", "/admin/campaigns/folder/"


def branch(shop: Shop, *names: str) -> list[Category]:
    """A category below another, as many as names."""
    made: list[Category] = []
    for name in names:
        made.append(Category.objects.create(account=shop.account, name=name, parent=made[-1] if made else None))
    return made


def move(olga: Operator, category: Category, below: Category | None) -> list[str]:
    typed = {"parent": below.pk if below else ""}
    said = errors_in(olga.fill(f"{CATEGORIES}{category.pk}/change/", typed, having="name").text)
    category.refresh_from_db()
    return said


def test_a_branch_is_shown_as_a_path(olga: Operator, mario: Shop):
    branch(mario, "Food", "Pizza", "Margherita")

    assert "Food › Pizza › Margherita" in olga.get(f"{CATEGORIES}?q=Margherita").text


def test_a_tree_has_three_levels_and_no_circles(olga: Operator, mario: Shop):
    food, pizza, margherita = branch(mario, "Food", "Pizza", "Margherita")
    sweets, ices = branch(mario, "Sweets", "Ices")

    assert any("too deep" in said for said in move(olga, food, sweets)), (
        "its own branch would hang down to the fourth level"
    )
    assert any("too deep" in said for said in move(olga, ices, margherita))
    assert any("below itself" in said for said in move(olga, food, pizza))
    assert any("below itself" in said for said in move(olga, food, food))
    assert food.parent is None and ices.parent == sweets


def test_two_that_are_hung_below_each_other_at_once_make_no_ring(olga: Operator, mario: Shop):
    (food,), (drinks,) = branch(mario, "Food"), branch(mario, "Drinks")

    def other() -> None:
        drinks.parent = food
        drinks.save()

    said = while_waiting(
        "select from account where id = %s for update", [mario.account.pk], lambda: move(olga, food, drinks), other
    )
    assert any("below itself" in one for one in said) and (food.parent, drinks.parent) == (None, food)


def test_without_the_lock_a_ring_is_made(mario: Shop):
    (food,), (drinks,) = branch(mario, "Food"), branch(mario, "Drinks")
    form = CategoryForm({"account": mario.account.pk, "name": "Food", "parent": drinks.pk}, instance=food)
    with transaction.atomic():
        assert form.is_valid(), form.errors
    drinks.parent = food
    drinks.save()  # between the look and the writing, as nobody is kept out any more
    form.save()
    assert (food.parent, Category.objects.get(pk=drinks.pk).parent) == (drinks, food)


def test_what_hangs_below_moves_along(olga: Operator, mario: Shop):
    food, pizza, margherita = branch(mario, "Food", "Pizza", "Margherita")

    assert move(olga, pizza, None) == []
    margherita.refresh_from_db()
    assert (pizza.level, margherita.level) == (1, 2)

    assert move(olga, pizza, food) == []
    margherita.refresh_from_db()
    assert (pizza.level, margherita.level) == (2, 3)


def test_lesson_28_a_category_hangs_below_one_of_its_own_account(olga: Operator, mario: Shop, lucia: Shop):
    (mine,), (hers,) = branch(mario, "Mine"), branch(lucia, "Hers")

    assert any("another account" in said for said in move(olga, mine, hers))
    assert mine.parent is None


def test_a_category_with_others_below_is_not_deleted(olga: Operator, mario: Shop):
    food, _ = branch(mario, "Food", "Pizza")

    answer = olga.get(f"{CATEGORIES}{food.pk}/delete/")

    assert "This cannot be removed, as it is in use" in answer.text and "Pizza" in answer.text
    assert Category.objects.filter(pk=food.pk).exists()


def test_deleting_a_folder_leaves_its_campaigns(olga: Operator, mario: Shop):
    folder = Folder.objects.create(account=mario.account, name="Every week")
    offer = mario.campaign(folder=folder)

    olga.fill(f"{FOLDERS}{folder.pk}/delete/", {"post": "yes"})

    offer.campaign.refresh_from_db()
    assert offer.campaign.folder is None and offer.campaign.deleted_at is None


def test_a_folders_name_stands_once_per_account(olga: Operator, mario: Shop, lucia: Shop):
    Folder.objects.create(account=mario.account, name="Every week")

    for shop, expected in ((mario, 200), (lucia, 302)):
        answer = olga.fill(f"{FOLDERS}add/", {"account": shop.account.pk, "name": "Every week"}, having="name")
        assert answer.status_code == expected


def test_a_grant_goes_to_an_account_above_only(olga: Operator, mario: Shop, lucia: Shop):
    client = open_shop("Client of Mario", parent=mario.account)
    offer = client.campaign()
    add = "/admin/campaigns/grant/add/"

    wrong = olga.fill(add, {"parent": lucia.account.pk, "campaign": offer.campaign.pk})
    assert any("is not above" in said for said in errors_in(wrong.text))
    olga.fill(add, {"parent": mario.account.pk, "campaign": offer.campaign.pk})

    assert list(Grant.objects.filter(campaign=offer.campaign).values_list("parent", flat=True)) == [mario.account.pk]
