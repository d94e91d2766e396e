# SPDX-License-Identifier: BSD-3-Clause
"""Secondary processes on the NIC of a virtual machine."""
from every_rung.processes import *  # noqa: F403
