# SPDX-License-Identifier: BSD-3-Clause
"""Rx interrupts: the kernel's vector of a lent queue, an event descriptor, and a program that sleeps on it."""
from every_rung.interrupts import *  # noqa: F403
