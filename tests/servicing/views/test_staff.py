from servicing.actions import ledger
from tests.cast import PASSWORD


def test_the_right_password_leads_to_where_one_wanted_to_go(client, wei):
    response = client.post(
        "/sign-in/?next=/rules/", {"username": "wei", "password": PASSWORD, "next": "/rules/"}
    )
    assert response.url == "/rules/"


def test_a_foreign_address_is_not_followed(client, wei):
    form = {"username": "wei", "password": PASSWORD, "next": "https://elsewhere.example/"}
    assert client.post("/sign-in/", form).url == "/"


def test_many_wrong_passwords_pause_the_pair_of_name_and_place(client, wei, settings):
    for _attempt in range(settings.AXES_FAILURE_LIMIT):
        response = client.post("/sign-in/", {"username": "wei", "password": "wrong"})
    assert response.status_code == 429
    assert client.post("/sign-in/", {"username": "wei", "password": PASSWORD}).status_code == 429


def test_a_machine_cannot_sign_in(client, clock):
    assert client.post("/sign-in/", {"username": "clock", "password": ""}).status_code == 200
    assert "_auth_user_id" not in client.session


def test_signing_out_ends_the_session(client, wei):
    client.force_login(wei)
    assert client.post("/sign-out/").url == "/sign-in/"
    assert client.get("/").status_code == 302


def test_the_theme_comes_from_the_cookie_and_nothing_else_does(client, db):
    client.cookies["theme"] = "dark"
    assert 'data-theme="dark"' in client.get("/sign-in/").content.decode()
    client.cookies["theme"] = '"><script>'
    assert "data-theme" not in client.get("/sign-in/").content.decode()


def test_chinese_comes_first_whatever_the_browser_says(client, db):
    page = client.get("/sign-in/", headers={"accept-language": "en-US,en;q=0.9"})
    assert '<html lang="zh-Hans"' in page.content.decode()


def test_the_language_is_one_click_away(client, db):
    response = client.post("/language/", {"language": "en", "next": "/sign-in/"}, follow=True)
    assert '<html lang="en"' in response.content.decode()
    client.post("/language/", {"language": "zh-hans"})
    assert '<html lang="zh-Hans"' in client.get("/sign-in/").content.decode()


def test_who_came_in_and_who_left_stands_in_the_ledger(client, wei):
    client.post("/sign-in/", {"username": "wei", "password": PASSWORD})
    assert (ledger.latest(wei).what, ledger.latest(wei).by) == ("staff.signed_in", wei)
    client.post("/sign-out/")
    assert ledger.latest(wei).what == "staff.signed_out"
