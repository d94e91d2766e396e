# SPDX-License-Identifier: BSD-3-Clause
"""Single queues on the NIC of a virtual machine."""
from every_rung.queues import *  # noqa: F403
