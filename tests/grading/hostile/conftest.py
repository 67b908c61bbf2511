"""One batch a level of isolation over all hostile submissions; the tests look at what it left."""

import functools

import pytest
from hostile_cases import OFFERED
from hostile_world import World


@pytest.fixture(scope="session")
def world_at(tmp_path_factory):
    """The world at a level of isolation, graded when it is first asked for."""

    @functools.cache
    def get(level):
        world = World(tmp_path_factory.mktemp(level), level)
        world.run()
        return world

    return get


@pytest.fixture(params=OFFERED)
def any_world(request, world_at):
    return world_at(request.param)


@pytest.fixture
def world(world_at):
    return world_at(OFFERED[-1])
