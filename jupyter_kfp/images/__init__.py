"""Images of the steps: their names, the program that builds them, building and pushing what is not there yet.

In come step folders, each a whole container context; out come images, tagged with the digest of what they were built
from. Building, pushing and signing in are done by docker, podman or buildah through their command lines.
"""

from .build import BuildFailed, Image, build_images
from .builders import Builder, BuilderError, find_builder
from .events import Event
from .names import ImageName, image_names, ready_image
from .one_image import OneImage, write_one_image
from .write import Written, write_with_images

__all__ = [
    "BuildFailed",
    "Builder",
    "BuilderError",
    "Event",
    "Image",
    "ImageName",
    "OneImage",
    "Written",
    "build_images",
    "find_builder",
    "image_names",
    "ready_image",
    "write_one_image",
    "write_with_images",
]
