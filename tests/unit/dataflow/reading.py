"""Ways to ask a pipeline in tests."""


def loads(pipeline, step):
    return set(pipeline.step(step).loads)


def saves(pipeline, step):
    return set(pipeline.step(step).saves)


def edges(pipeline):
    return {(edge.source, edge.target) for edge in pipeline.edges}


def reasons(pipeline, source, target):
    found = next((e for e in pipeline.edges if (e.source, e.target) == (source, target)), None)
    return {(r.kind.value, r.subject) for r in found.reasons} if found else set()


def replays(pipeline, step):
    return [replay.source for replay in pipeline.step(step).replays]


def codes(pipeline):
    return [finding.code for finding in pipeline.findings]
