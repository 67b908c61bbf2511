"""The search page finds sections, from disk: chapters first, in clean lines, without solutions."""

import json
import re

import pytest
from book_pages import PAGES, ROOT, soup_of


@pytest.fixture(scope="module")
def tab(browser):
    context = browser.new_context()
    context.set_default_timeout(600_000)
    yield context.new_page()
    context.close()


@pytest.fixture(scope="module")
def found(book, tab):
    """Search, and return (address, title, line) of each entry."""

    def search(query):
        tab.goto((book.html / "search.html").as_uri() + f"?q={query}")
        tab.wait_for_selector("#search-results .search-summary")
        entries = tab.locator("#search-results ul.search > li").all()
        assert len(entries) <= 30
        return [
            (
                entry.locator("a").get_attribute("href"),
                entry.locator("a").inner_text(),
                (entry.locator("p").all_inner_texts() or [""])[0],
            )
            for entry in entries
        ]

    return search


@pytest.fixture(scope="module")
def sections(book):
    script = (book.html / "sections.js").read_text("utf-8")
    return json.loads(script.removeprefix("const courseSections = ").removesuffix(";\n"))


def test_every_page_but_solutions_is_searched_and_every_address_exists(book, sections):
    pages = {page for page, *_ in sections}
    assert pages == {f"{page}.html" for page in PAGES if not page.startswith("solutions/")}
    for page in pages:
        soup = soup_of(book, page.removesuffix(".html"))
        here = {anchor for other, anchor, *_ in sections if other == page}
        assert here <= {tag["id"] for tag in soup.select("[id]")}, page


def test_a_line_holds_no_formula(sections):
    texts = {(page, anchor): text for page, anchor, *_, text in sections}
    assert [where for where, text in texts.items() if re.search(r"\\\(|\\frac|\$\$", text)] == []
    first = texts["book/01_basic_structure.html", "basic-structure"]
    assert "Package" not in first and "tests/unit" not in first


def test_what_a_cell_printed_is_not_searched(sections):
    searched = {page: [] for page, *_ in sections}
    for page, *_, text in sections:
        searched[page].append(text)
    printed = 0
    for path in (ROOT / "book").glob("0*.ipynb"):
        text = " ".join(searched[f"book/{path.stem}.html"])
        for cell in json.loads(path.read_text("utf-8"))["cells"]:
            lines = [line for o in cell.get("outputs", ()) for line in o.get("text", ())]
            for line in filter(lambda line: re.search(r"\d\.\d\d\d", line), lines):
                printed += 1
                assert " ".join(line.split()) not in text
    assert printed > 50


@pytest.mark.parametrize(
    ("query", "page", "anchor"),
    [
        ("bottleneck", "book/04_undercomplete", "a-code-shorter-than-the-sample"),
        ("softmax", "book/05_overcomplete", "what-is-the-code-of-a-copy-worth"),
        ("PCA", "book/04_undercomplete", None),
        ("tied weights", "book/02_encoder_and_decoder", "tied-and-untied-weights"),
        ("k-means", "book/10_discrete_codes", "k-means-the-simplest-quantizer"),
        ("codebook", "book/10_discrete_codes", None),
        ("copies", "book/01_basic_structure", "the-trivial-copy"),
        ('"early stopping"', "book/03_loss_and_training", "reading-a-training-curve"),
        ("Autoencoder.reconstruct", "book/api/models", None),
    ],
)
def test_a_word_leads_to_its_section(found, query, page, anchor):
    entries = found(query)
    best = [address for address, *_ in entries[:2]]
    wanted = f"{page}.html#{anchor or ''}"
    assert any(a == wanted if anchor else a.startswith(wanted) for a in best)
    assert not [a for a, *_ in entries if a.startswith("solutions/")]
    assert max(len(line) for *_, line in entries) < 260
    assert not [line for *_, line in entries if "\\(" in line or "Contents" in line]


@pytest.mark.parametrize(
    "term",
    [
        *("activation function", "anomaly", "backpropagation", "batch normalization", "capacity"),
        *("clustering", "cross-entropy", "denoising", "dimensionality reduction", "diffusion"),
        *("disentanglement", "dropout", "ELBO", "embedding", "fine-tuning", "gradient descent"),
        *("hyperparameter", "inpainting", "Jacobian", "KL divergence", "latent space", "manifold"),
        *(
            "masked autoencoder",
            "mini-batch",
            "NMF",
            "outlier",
            "overfitting",
            "posterior collapse",
        ),
        *(
            "posterior collapse",
            "prior",
            "pretraining",
            "ReLU",
            "reparameterization",
            "ROC",
            "self-supervised",
        ),
        *("semi-supervised", "sparse coding", "SVD", "t-SNE", "vanishing gradient", "VQ-VAE"),
        *("auto-encoder", "weight decay", "whitening"),
    ],
)
def test_a_term_of_the_field_leads_to_a_chapter(found, term):
    assert [address for address, *_ in found(term) if re.match(r"book/\d\d_", address)]


@pytest.mark.parametrize("term", ["bottleneck", "softmax", "PCA", "tied weights", "latent space"])
def test_the_chapter_comes_first(found, term):
    assert re.match(r"book/\d\d_", found(term)[0][0])


def test_chinese_is_found_within_a_line(found, tab):
    found("code")
    section = ["p.html", "a", "章", "节", "这是自编码器的瓶颈。"]
    for query in ("瓶颈", "自编码器", "编码"):
        sought = tab.evaluate("([q, s]) => courseSearch(q, [s])", [query, section])
        assert [one["section"] for one in sought] == [section]
    assert tab.evaluate("s => courseSearch('扩散', [s])", section) == []


def test_what_is_not_in_the_book_is_not_found(found):
    assert found("%3Czzz%3E") == []


@pytest.mark.parametrize("query", ["", "%20", "(", "the", "a*b", "%22%22", "%22(", "-", "…", "["])
def test_no_query_breaks_the_page(tab, book, query):
    wrong = []
    tab.on("pageerror", lambda error: wrong.append(error))
    tab.goto((book.html / "search.html").as_uri() + f"?q={query}")
    tab.wait_for_load_state()
    assert wrong == []
