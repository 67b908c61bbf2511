"""The laboratory in a browser: static without scripts, live on Run, named, smooth, shareable."""

import importlib.util
import re

import pytest
from book_pages import ROOT, soup_of
from laboratories import HOME, PLACES, TRAINED, on_page
from tracing import at, busy

INDEX = "book/laboratory"
TYPESET = "() => window.MathJax ? MathJax.startup.promise.then(() => true) : true"
SPEC = importlib.util.spec_from_file_location("lab_extension", ROOT / "book/_ext/lab.py")
LAB = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(LAB)
each_lab = pytest.mark.parametrize("name", LAB.NEEDS)


@each_lab
def test_every_laboratory_has_a_home_and_the_index_leads_there(book, name):
    home, figure = HOME[name], f"lab-{name}"
    links = {a["href"].removeprefix("#") for a in soup_of(book, INDEX).select("article a[href]")}
    here = home == INDEX
    assert (figure if here else f"{home.removeprefix('book/')}.html#{figure}") in links


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.figure)
def test_a_laboratory_is_a_picture_with_a_caption(book, place):
    [figure] = soup_of(book, place.page).select(f"figure#{place.figure}")
    mount = figure.select_one(f'.lab[data-lab="{place.lab}"]')
    assert len(mount.find("img")["alt"]) > 40
    assert len(figure.find("figcaption").get_text(strip=True)) > 40
    assert mount["data-title"]


def test_no_laboratory_is_told_twice_in_the_same_words(book):
    told = [soup_of(book, p.page).select_one(f"figure#{p.figure} figcaption").text for p in PLACES]
    assert len(told) == len(set(told))


@pytest.mark.parametrize("page", sorted({place.page for place in PLACES}))
def test_a_page_loads_what_its_laboratories_need(book, page):
    scripts = soup_of(book, page).find_all("script", src=True)
    loaded = [re.sub(r".*_static/|\?.*", "", script["src"]) for script in scripts]
    ours = [src for src in loaded if src.startswith("lab/")]
    assert ours == [f"lab/{script}.js" for script in LAB.scripts(on_page(page))]


def test_other_pages_load_nothing_of_them(book):
    with_a_lab = {book.html / f"{place.page}.html" for place in PLACES}
    others = set(book.html.rglob("*.html")) - with_a_lab
    assert others
    assert not any("_static/lab/" in page.read_text("utf-8") for page in others)


@pytest.fixture
def visit(browser, book, request):
    """Open the page where a laboratory stands; fails the test if anything went wrong in it."""
    options, wrong = getattr(request, "param", {}), []
    context = browser.new_context(viewport={"width": 1280, "height": 900}, **options)
    context.set_default_timeout(300_000)

    def open_page(page, query=""):
        tab = context.new_page()
        tab.on("pageerror", lambda error: wrong.append(str(error)))
        tab.on("console", lambda m: wrong.append(m.text) if m.type == "error" else None)
        tab.goto((book.html / f"{page}.html").as_uri() + query)
        if options.get("java_script_enabled", True):
            tab.wait_for_function(TYPESET)  # later the page would move under the pointer
        return tab

    yield open_page
    context.close()
    assert wrong == []


@pytest.fixture
def live(visit):
    """Open a laboratory's page and run it; return the tab and the figure."""

    def run(name):
        tab = visit(HOME[name])
        figure = tab.locator(f"#lab-{name}")
        figure.locator(".lab-open").click()
        return tab, figure

    return run


def reading(figure, label):
    return figure.locator(f".lab-reading:has-text('{label}') output").inner_text()


@pytest.mark.parametrize("visit", [{"java_script_enabled": False}], indirect=True)
def test_without_scripts_there_is_a_picture_and_no_button(visit):
    tab = visit(HOME["training"])
    assert tab.locator(".lab img").is_visible()
    assert tab.locator(".lab button").count() == 0


@each_lab
def test_it_runs_from_disk_and_every_control_has_a_name(live, name):
    tab, figure = live(name)
    assert not figure.locator(".lab img").is_visible()
    if name in TRAINED:
        figure.get_by_role("button", name="Pause").wait_for()
        tab.wait_for_function(
            "id => Number(document.querySelector(`#${id} .lab-reading output`).value) > 5",
            arg=f"lab-{name}",
        )
        figure.get_by_role("button", name="Pause").click()
        figure.get_by_role("button", name="Run").wait_for()
    controls = figure.locator("button, input, select, canvas")
    names = controls.evaluate_all(
        "all => all.map(c => c.getAttribute('aria-label') || c.labels?.[0]?.textContent.trim()"
        " || c.textContent.trim())"
    )
    assert len(names) > 3 and all(names)
    blank = """all => all.filter(c => {
        const data = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
        return new Set(data).size < 3;
    }).map(c => c.getAttribute('aria-label'))"""
    empty = figure.locator("canvas").evaluate_all(blank)
    may_be = ("Drawing area", "Up to eight digits")
    assert [label for label in empty if not label.startswith(may_be)] == []


def test_a_step_a_pause_and_a_new_start(live):
    tab, figure = live("training")
    figure.get_by_role("button", name="Pause").click()
    figure.get_by_role("button", name="Run").wait_for()
    figure.get_by_role("button", name="Start again").click()
    tab.wait_for_function(
        "document.querySelector('#lab-training .lab-reading output').value === '0'"
    )
    figure.get_by_role("button", name="One step").click()
    tab.wait_for_function(
        "document.querySelector('#lab-training .lab-reading output').value === '1'"
    )
    assert 0 < float(reading(figure, "loss of the last batch")) < 100
    gradient = float(reading(figure, "gradient by backpropagation"))
    assert gradient == pytest.approx(float(reading(figure, "by finite difference")), abs=2e-6)


def test_settings_stand_in_the_address_and_are_taken_from_it(live):
    tab, figure = live("training")
    figure.locator("select").select_option("sgd")
    figure.get_by_role("slider", name="learning rate").press("ArrowRight")
    assert "#lab-training?" in tab.url and "optimizer=sgd" in tab.url and "rate=0.003" in tab.url
    other = tab.context.new_page()
    other.goto(tab.url)
    other.locator("#lab-training select").wait_for()
    assert other.locator("#lab-training select").input_value() == "sgd"
    assert (
        "0.003"
        in other.locator("#lab-training .lab-control:has-text('learning rate')").inner_text()
    )
    assert other.locator("#lab-training button:has-text('Run')").count() == 1


def test_an_address_with_nonsense_leaves_the_defaults(visit):
    tab = visit(HOME["training"], "#lab-training?optimizer=magic&rate=fast&seed=-7")
    tab.locator("#lab-training select").wait_for()
    assert tab.locator("#lab-training select").input_value() == "adam"
    rate = tab.locator("#lab-training .lab-control:has-text('learning rate')")
    assert "0.001" in rate.inner_text()
    assert 1 <= int(tab.locator("#lab-training input[type=range]").nth(1).input_value()) <= 20


def test_a_digit_is_drawn_by_pointer_and_by_keyboard(live):
    tab, figure = live("draw")
    paper = figure.locator(".lab-paper")
    paper.scroll_into_view_if_needed()
    before = reading(figure, "squared error of this one")
    box = paper.bounding_box()
    tab.mouse.move(box["x"] + 60, box["y"] + 40)
    tab.mouse.down()
    tab.mouse.move(box["x"] + 60, box["y"] + 180, steps=8)
    tab.mouse.up()
    tab.wait_for_function(
        "old => document.querySelector('#lab-draw .lab-reading output').value !== old", arg=before
    )
    drawn = reading(figure, "squared error of this one")
    paper.focus()
    paper.press("Space")
    for _ in range(10):
        paper.press("ArrowRight")
    paper.press("Space")
    tab.wait_for_function(
        "old => document.querySelector('#lab-draw .lab-reading output').value !== old", arg=drawn
    )


def test_tied_weights_are_equal_from_either_side(live):
    _, figure = live("unit")
    figure.get_by_label("tie the weights").check()
    sliders = {n: figure.get_by_role("slider", name=n, exact=True) for n in ("w₁", "w′₁")}
    sliders["w₁"].press("ArrowRight")
    assert sliders["w₁"].input_value() == sliders["w′₁"].input_value()
    sliders["w′₁"].press("Home")
    assert sliders["w₁"].input_value() == sliders["w′₁"].input_value() == "-2"


@pytest.mark.parametrize(
    "visit", [{"reduced_motion": "reduce"}, {"color_scheme": "dark"}], indirect=True
)
@each_lab
def test_on_a_phone_and_in_print(live, name):
    tab, figure = live(name)
    tab.set_viewport_size({"width": 390, "height": 844})
    if name in TRAINED:
        figure.get_by_role("button", name="Pause").click()
        figure.get_by_role("button", name="Run").wait_for()
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
    tab.emulate_media(media="print")
    assert figure.locator("img").is_visible()
    assert not figure.locator(".lab-stage").is_visible()


@pytest.mark.parametrize("name", TRAINED)
def test_the_page_stays_smooth_while_it_trains(live, name):
    """A worker trains, and the page draws: `bench/laboratories.py` measures how long that takes."""
    tab, figure = live(name)
    figure.get_by_role("button", name="Pause").wait_for()
    tasks = busy(tab, seconds=4)
    assert len(tasks["page"]) > 20 and tasks["page"][-1] > 1
    assert at(0.95, tasks["page"]) <= 15
    assert len(tasks["worker"]) > 5
