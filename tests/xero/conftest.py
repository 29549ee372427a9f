from __future__ import annotations

import pytest

from tests.xero.wire import START
from xero_connector.clock import ManualClock


@pytest.fixture
def clock() -> ManualClock:
	return ManualClock(START)
