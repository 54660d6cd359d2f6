"""The start of a step whose image holds no code: what the generated `pipeline.py` gives its container as a command.

`FETCH` runs in the step's image, so it uses nothing but Python and google-cloud-storage, which the step needs anyway.
"""

from __future__ import annotations

FETCH = """\
# Takes this step's code from the bucket, checks that it is what was compiled, and starts it.
import hashlib, io, os, sys, tarfile, tempfile

digest, root = sys.argv[1:3]
if root.startswith("gs://"):
    from google.cloud import storage

    bucket, _, prefix = root.removeprefix("gs://").partition("/")
    name = "/".join(filter(None, [prefix.strip("/"), "objects", digest]))
    code = storage.Client().bucket(bucket).blob(name).download_as_bytes()
else:
    with open(os.path.join(root, "objects", digest), "rb") as file:
        code = file.read()
if hashlib.sha256(code).hexdigest() != digest:
    sys.exit(f"the step's code in {root} is damaged: object {digest}")
folder = tempfile.mkdtemp(prefix="jupyter-kfp-code-")
with tarfile.open(fileobj=io.BytesIO(code)) as archive:
    archive.extraction_filter = getattr(tarfile, "data_filter", None)
    archive.extractall(folder)
os.chdir(folder)
os.execv(sys.executable, [sys.executable, *sys.argv[3:]])
"""
