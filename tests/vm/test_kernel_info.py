# SPDX-License-Identifier: BSD-3-Clause
"""What is the kernel's, shown by testpmd as ethtool shows it."""
from every_rung.kernel_info import *  # noqa: F403
