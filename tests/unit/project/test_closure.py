from jupyter_kfp.project.closure import closer


def closure(environment, *roots, fallback=None):
    pairs = frozenset(root if isinstance(root, tuple) else (root, "") for root in roots)
    return closer(environment, fallback or environment)(pairs)


def test_what_is_needed_in_turn_is_found_with_who_needs_it(make):
    distribution = make.distribution
    found = closure(
        make.environment_of(
            distribution("a", "1", "b>=1", "c"),
            distribution("b", "2", "C"),
            distribution("c", "3"),
            distribution("d"),
        ),
        "a",
    )
    assert {name: each.version for name, each in found.distributions.items()} == {
        "a": "1",
        "b": "2",
        "c": "3",
    }
    assert found.needed_by == {"a": (), "b": ("a",), "c": ("a", "b")}
    assert not found.missing
    assert not found.clashes


def test_extras_bring_what_they_ask_for_and_only_they_do(make):
    distribution = make.distribution
    environment = make.environment_of(
        distribution("a", "1", "b[fast]"),
        distribution("b", "1", 'quick; extra == "fast"', 'slow; extra == "slow"', 'b[fast]; extra == "all"'),
        distribution("quick"),
        distribution("slow"),
    )
    assert closure(environment, "a").distributions.keys() == {"a", "b", "quick"}
    assert closure(environment, "b").distributions.keys() == {"b"}
    assert closure(environment, ("b", ""), ("b", "all")).distributions.keys() == {"b", "quick"}


def test_markers_are_those_of_the_container_and_not_of_this_machine(make, monkeypatch):
    monkeypatch.setattr("sys.platform", "darwin")
    distribution = make.distribution
    a = distribution(
        "a",
        "1",
        'linux; sys_platform == "linux" and platform_system == "Linux"',
        'mac; sys_platform == "darwin"',
        'old; python_version < "3.10"',
        'new; python_full_version >= "3.9.2"',
    )
    others = [distribution(name) for name in ("linux", "mac", "old", "new")]
    found = closure(make.environment_of(a, *others, python="3.9.5"), "a")
    assert found.distributions.keys() == {"a", "linux", "old", "new"}


def test_packages_that_need_each_other_end(make):
    environment = make.environment_of(make.distribution("a", "1", "b"), make.distribution("b", "1", "a"))
    assert closure(environment, "a").needed_by == {"a": ("b",), "b": ("a",)}


def test_what_is_installed_nowhere_is_missing_with_the_versions_asked_for(make):
    found = closure(make.environment_of(make.distribution("a", "1", "gpu-lib<3,>=2")), "a", "unknown")
    assert found.missing == {"gpu-lib": "<3,>=2", "unknown": ""}
    assert found.needed_by["gpu-lib"] == ("a",)


def test_all_that_ask_for_a_missing_package_are_heard(make):
    environment = make.environment_of(
        make.distribution("a", "1", "x>=2"), make.distribution("b", "1", "x<3", "x")
    )
    assert closure(environment, "a", "b").missing == {"x": "<3,>=2"}


def test_the_second_environment_fills_gaps_and_never_overrules(make):
    distribution = make.distribution
    kernel = make.environment_of(distribution("numpy", "1.0"))
    own = make.environment_of(
        distribution("numpy", "2.0"),
        distribution("papermill", "2.7", "numpy", "click"),
        distribution("click", "8"),
    )
    found = closure(kernel, "papermill", "numpy", fallback=own)
    assert {name: each.version for name, each in found.distributions.items()} == {
        "click": "8",
        "numpy": "1.0",
        "papermill": "2.7",
    }


def test_versions_of_two_environments_that_do_not_fit_are_told(make):
    distribution = make.distribution
    kernel = make.environment_of(
        distribution("protobuf", "4.0"), distribution("mine", "1", "protobuf>=9"), python="3.9.1"
    )
    own = make.environment_of(distribution("storage", "3", "protobuf>=5", requires_python=">=3.10"))
    clashes = closure(kernel, "storage", "mine", fallback=own).clashes
    assert [(clash.package, clash.requirement, clash.found) for clash in clashes] == [
        ("storage", "Python >=3.10", "3.9.1"),
        ("storage", "protobuf>=5", "4.0"),
    ]


def test_requirements_of_an_old_format_do_no_harm(make):
    environment = make.environment_of(
        make.distribution("a", "1", "b (>=1.0", "???", "c"), make.distribution("c", "odd_version")
    )
    assert closure(environment, "a").distributions.keys() == {"a", "c"}
