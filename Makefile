# Every target has a line of help; `make` alone prints them.
VENV ?= .venv
BIN := $(VENV)/bin
# The first Python on the path that is new enough. Looked for only when the environment is made.
PYTHON ?= $(firstword $(foreach name,python3 python3.13 python3.12 python3.11 python3.10,$(shell \
	$(name) -c 'import sys, venv; sys.exit(sys.version_info < (3, 10))' >/dev/null 2>&1 && echo $(name))))
NPM := $(shell command -v npm 2>/dev/null)
FUZZ_SECONDS ?= 3600
export PATH := $(CURDIR)/$(BIN):$(PATH)

# Programs of the system that the tests need, and the Debian packages that bring them.
SYSTEM_PROGRAMS := chromium podman buildah runc debootstrap docker-registry
SYSTEM_PACKAGES := chromium podman buildah runc debootstrap netavark docker-registry

PACKAGE := pyproject.toml setup.py
LAB := jupyter_kfp/labextension/package.json
LAB_SOURCES := $(wildcard labextension/src/* labextension/src/*/* labextension/style/* labextension/schema/* labextension/tsconfig.json)
CHECKED := jupyter_kfp tests benchmarks setup.py

.PHONY: help demo cluster test lint lab unit integration browser pictures cases torch containers verify docs test-lower-bounds bench fuzz \
	package release-check clean system-packages
.DEFAULT_GOAL := help

help:  ## print this
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-18s  %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(VENV)/.installed-demo  ## install, then convert and run the iris notebook and print what came out
	jupyter kfp check examples/notebooks/iris.ipynb
	jupyter kfp graph examples/notebooks/iris.ipynb
	jupyter kfp convert examples/notebooks/iris.ipynb -o build/iris-pipeline
	jupyter kfp run examples/notebooks/iris.ipynb

cluster: $(VENV)/.installed-dev  ## a double of a Kubeflow cluster behind IAP, on this machine, until Ctrl-C
	python -m tests.cluster

# First all that installs or builds; then two kinds of tests at a time, since the machines that run them have two CPUs.
test: lint lab system-packages $(if $(CI),torch)  ## install what the tests need and run them all
	$(MAKE) --jobs 2 --output-sync=target unit cases integration browser containers

lint: $(VENV)/.installed-dev  ## ruff and mypy
	ruff check $(CHECKED)
	ruff format --check $(CHECKED)
	mypy --strict

ifneq ($(NPM),)
lab: $(LAB) node_modules/.package-lock.json  ## build, lint and test the lab extension, where Node.js is there
	npm run --silent lint
	npm test --silent
else
lab:
	@echo "Node.js is not installed: the lab extension is neither built nor checked"
endif

unit: $(VENV)/.installed-dev  ## unit tests
	python -m pytest tests/unit --ignore tests/unit/step
	python -m pytest tests/unit/step  # a process of its own: data classes look their names up in `__main__`, where other tests leave things

integration: $(VENV)/.installed-dev  ## tests against real systems: kernels, storage, installs
	python -m pytest tests/integration --ignore tests/integration/containers

cases: $(VENV)/.installed-dev $(if $(CI),torch)  ## every hard case of tests/notebooks, cut everywhere, and random notebooks
	python -m pytest tests/cases tests/fuzz

browser: $(if $(NPM),$(LAB)) system-packages  ## JupyterLab in Chromium, the user's whole way
	python -m pytest tests/browser

pictures: $(if $(NPM),$(LAB)) system-packages  ## the README's pictures of JupyterLab, made anew by the browser tests
	JUPYTER_KFP_PICTURES=1 python -m pytest tests/browser/test_pictures.py

torch: $(VENV)/.installed-torch  ## install PyTorch, several GB, whose cases are skipped without it (in CI they are not)

containers: $(VENV)/.installed-dev system-packages  ## build the iris images and run them with Podman
	python -m pytest tests/integration/containers

verify: $(VENV)/.installed-dev  ## each example against its notebook, as tagged and at 20 other cuts
	JUPYTER_KFP_CUTS=20 python -m pytest tests/integration/test_examples.py --timeout 3600

docs: $(VENV)/.installed-dev  ## the pages of docs/ as a site in build/docs; fails where a link leads nowhere
	NO_MKDOCS_2_WARNING=1 mkdocs build --strict

test-lower-bounds: tests/lower-bounds.txt  ## unit tests with the oldest dependencies that are promised to work
	rm -rf build/lower-bounds
	$(PYTHON) -m venv build/lower-bounds
	build/lower-bounds/bin/pip install --quiet -c tests/lower-bounds.txt -e '.[dev]'
	build/lower-bounds/bin/python -m pytest tests/unit

bench: $(VENV)/.installed-dev  ## the figures of docs/performance.md
	@for script in benchmarks/[a-z]*.py; do echo "== $$script"; python $$script || exit 1; done

fuzz: $(VENV)/.installed-dev  ## look for programs whose pipeline differs from the notebook, FUZZ_SECONDS long
	JUPYTER_KFP_FUZZ_SECONDS=$(FUZZ_SECONDS) python -m pytest tests/fuzz

package: $(VENV)/.installed-dev  ## the sdist and the wheel, in dist/
	python -m build

release-check: $(VENV)/.installed-dev  ## the sdist and the wheel as users get them, in an empty environment without Node.js
	rm -rf dist
	python -m build
	JUPYTER_KFP_DIST=dist python -m pytest tests/integration/test_release.py

clean:  ## take away what was built; the environment stays
	rm -rf build dist jupyter_kfp/labextension labextension/lib .mypy_cache .ruff_cache .pytest_cache

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Python 3.10 or newer, with venv, is needed: set PYTHON to it" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed-demo: $(BIN)/python $(PACKAGE)
	python -m pip install --quiet -e '.[examples]'
	@touch $@

$(VENV)/.installed-dev: $(BIN)/python $(PACKAGE)
	python -m pip install --quiet -e '.[dev]'
	@touch $@ $(VENV)/.installed-demo

$(VENV)/.installed-torch: $(VENV)/.installed-dev
	python -m pip install --quiet -e '.[torch]'
	@touch $@

$(LAB): $(LAB_SOURCES) node_modules/.package-lock.json $(VENV)/.installed-dev
	npm run --silent build
	@touch $@

node_modules/.package-lock.json: package.json package-lock.json
	npm ci
	@touch $@

# Where it is not possible without asking, the tests that need them say so.
system-packages:  ## what the tests need of the system, installed as root on Debian where it is missing
	@missing=; for program in $(SYSTEM_PROGRAMS); do command -v $$program >/dev/null || missing=1; done; \
	if [ -n "$$missing" ] && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
			apt-get install -y -qq --no-install-recommends $(SYSTEM_PACKAGES); \
	fi
