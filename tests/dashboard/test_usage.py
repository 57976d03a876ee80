"""Where people see how many interactions an account had this month (product.md 4.19)."""

import re

from tearoff.accounts import packages, subaccounts, tokens
from tearoff.kit import clock
from tests.dashboard.browsing import Operator
from tests.world import Shop, open_shop, phone


def test_the_owner_and_the_operator_see_how_many_were_used(mario: Shop, olga: Operator) -> None:
    roma = open_shop("Roma", parent=mario.account)
    package = packages.create(mario.account, {"name": "Five", "max_interactions": 5}, actor="test", at=clock.now())
    subaccounts.update(roma.account, subaccounts.Changes({"package": package}), actor="test", at=clock.now())
    offer = roma.campaign()
    owner = phone()
    path = f"/sso/{tokens.issue('sso', subaccounts.owner(roma.account), at=clock.now())}"
    form = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', owner.get(path).text)
    assert form
    owner.post(path, data={"csrfmiddlewaretoken": form[1]})
    said = {4: [">Nearly used up<"], 5: [">Used up<"]}
    for number in range(1, 6):
        offer.opened()
        page = owner.get("/account").text
        assert f"{number} of 5" in page
        assert [word for word in (">Nearly used up<", ">Used up<") if word in page] == said.get(number, [])
    assert "5 of 5" in olga.get(f"/admin/accounts/account/{roma.account.pk}/change/").text
    mario.campaign().opened()
    assert '<div class="readonly">1</div>' in olga.get(f"/admin/accounts/account/{mario.account.pk}/change/").text
