# SPDX-License-Identifier: BSD-3-Clause
"""Single queues on the simulator."""
from every_rung.queues import *  # noqa: F403
