# Every target makes its own .venv first; `make PYTHON=python3.12 book` chooses the interpreter.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
BOOK := $(BIN)/jupyter-book build . --config _config.yml --toc book/_toc.yml --path-output book

MODEL_TESTS := $(addprefix tests/unit/,models training evaluation test_devices.py test_sklearn_api.py)

.PHONY: book test test-nightly test-backends test-machines lab lab-data lab-pictures card first-cells execute links lint lock bench calibrate release clean slides pdf

PUBLIC := book/_build/public

book: $(READY)  ## SOLUTIONS=off: without them, from a copy of the course that holds none
ifneq ($(SOLUTIONS),off)
	$(BOOK) -W -n --keep-going
	@echo "The book is ready: open book/_build/html/index.html"
else
	$(BIN)/ae-course release --public $(PUBLIC)
	cd $(PUBLIC) && "$(CURDIR)"/$(BOOK) -W -n --keep-going
	@echo "The book without solutions is ready: open $(PUBLIC)/book/_build/html/index.html"
endif

slides: book  ## of every chapter; they are made with the book, from its pages
	@echo "The slides are ready: open book/_build/html/slides/01_basic_structure.html"

pdf: book  ## of the whole book, with bookmarks, by Chromium
	$(BIN)/python tests/book/write_pdf.py

test: $(READY)
	$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadgroup

lab: $(READY)
	$(BIN)/jupyter lab

lab-data: $(READY)  ## the digits and weights that the laboratory's pages load
	$(BIN)/python tests/lab/write_data.py

lab-pictures: $(READY)  ## what stands for a laboratory in print; one of them: NAMES=training
	$(BIN)/python tests/lab/write_pictures.py $(NAMES)

card: $(READY)  ## the picture that links to the book's pages show where they are shared
	$(BIN)/python tests/book/write_card.py

first-cells: $(READY)  ## the cell that brings the package, into notebooks that lack it
	$(BIN)/python tests/notebooks/write_first_cells.py

execute: $(READY)  ## run notebooks in place: make execute NB=book/01_basic_structure.ipynb
	AE_COURSE_PROGRESS=off $(BIN)/jupyter nbconvert --to notebook --execute --inplace --ExecutePreprocessor.record_timing=False --NotebookExporter.preprocessors=nbconvert.preprocessors.CoalesceStreamsPreprocessor --CoalesceStreamsPreprocessor.enabled=True $(NB)

test-machines: $(READY)  ## the sensitive tests as other machines run them; one row: ROWS='ordinary user'
	$(BIN)/python tests/machines/run.py --rows '$(ROWS)'

test-nightly: $(READY)  ## the rest of the products of which `make test` runs a covering part
	$(BIN)/python -m pytest -n auto --maxprocesses 4 -m nightly

links: $(READY)
	$(BIN)/python -m pytest -m external

calibrate: $(READY)  ## measure the tasks about trained models over 200 seeds of the grader
	$(BIN)/python tests/grading/calibrate.py

bench: $(READY)  ## all that is measured, in one run, for the book's page; peers: pip install -e '.[bench]'
	$(BIN)/python bench/run.py

release: $(READY)  ## wheel and source, built twice and looked at, into dist/; first: pip install -e '.[release]'
	$(BIN)/python .ci/release.py $(if $(TAG),--tag $(TAG))

test-backends: $(READY)  ## the models' tests on every backend; the other two: pip install -e '.[backends]'
	for backend in tensorflow jax torch; do \
		KERAS_BACKEND=$$backend $(BIN)/python -m pytest -q $(MODEL_TESTS) || exit 1; \
	done

lint: $(READY)
	$(BIN)/ruff format . && $(BIN)/ruff check --fix .

LOCK := $(BIN)/python -m uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-header --quiet
lock: $(READY)  ## renew both lock files from pyproject.toml
	$(LOCK) --upgrade --extra dev --output-file requirements.txt
	$(LOCK) --upgrade --extra gpu --constraints requirements.txt --output-file requirements-gpu.txt

clean:
	rm -rf .venv book/_build

$(READY): requirements.txt pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.txt
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@
