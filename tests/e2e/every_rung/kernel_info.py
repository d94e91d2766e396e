# SPDX-License-Identifier: BSD-3-Clause
"""What testpmd shows of things that are the kernel's is what ethtool shows."""
import re

import lab


def found(pattern, text):
    match = re.search(pattern, text)
    assert match, f"no {pattern} in {text}"
    return match.group(1).strip()


def test_the_firmware_is_the_kernels(nic):
    pmd = nic.testpmd()
    firmware = found(r"firmware-version: *(.*)", nic.ethtool("-i", "eth0"))
    assert found(r"Firmware-version: (.*)", pmd.command("show port info 0")) == firmware
    assert pmd.quit() == 0


def test_flow_control_is_the_kernels(nic):
    pmd = nic.testpmd()
    shown = pmd.command("show port 0 flow_ctrl")
    for way in ("Rx", "Tx"):
        assert found(rf"{way} pause: (\w+)", shown) == found(rf"{way.upper()}:\s*(\w+)", nic.ethtool("-a", "eth0"))
    assert pmd.quit() == 0


def test_the_rss_table_is_the_kernels(nic):
    table = lab.rss_table(nic.ethtool("-x", "eth0"))
    pmd = nic.testpmd()
    text = pmd.command("show port 0 rss reta 128 (0xffffffffffffffff,0xffffffffffffffff)")
    assert [int(queue) for queue in re.findall(r"hash index=\d+, queue=(\d+)", text)] == table
    assert pmd.quit() == 0


def test_the_rss_key_is_the_kernels(nic):
    nic.needs("a kernel driver that shows its RSS key")
    pmd = nic.testpmd()
    key = found(r"hash key:\n(\S+)", nic.ethtool("-x", "eth0")).replace(":", "").upper()
    assert key in pmd.command("show port 0 rss-hash key").upper()
    assert pmd.quit() == 0


def test_the_eeprom_is_the_kernels(nic):
    pmd = nic.testpmd()
    rows = re.findall(r"^ *[0-9A-F]+: ((?:[0-9A-F]{2} )+)", pmd.command("show port 0 eeprom"), re.M)
    kernels = re.findall(r"^0x[0-9a-f]+:\s+((?:[0-9a-f]{2} )+)", nic.ethtool("-e", "eth0"), re.M)
    assert bytes.fromhex("".join(rows)) == bytes.fromhex("".join(kernels)) != b""
    assert pmd.quit() == 0


def test_the_register_dump_is_the_kernels(shared_nic, tmp_path):
    def kernels():
        rows = re.findall(r"^0x[0-9a-f]+:\s+((?:[0-9a-f]{2} )+)", shared_nic.ethtool("-d", "eth0", "hex", "on"), re.M)
        return bytes.fromhex("".join(rows))

    pmd = shared_nic.testpmd()
    before = kernels()
    # It chooses a core by itself.
    info = shared_nic.secondary("dpdk-proc-info", f"--dump-regs={tmp_path}/registers", cores=None)
    assert info.end() == 0, info.text
    after = kernels()
    [file] = tmp_path.glob("registers*")
    dump = file.read_bytes()
    assert len(dump) == len(before) == len(after) > 0
    assert [at for at in range(len(dump)) if before[at] == after[at] != dump[at]] == []
    assert pmd.quit() == 0


def test_the_nics_statistics_stand_beside_the_ports(nic):
    pmd = nic.testpmd()
    names = re.findall(r"^ +(\S+): \d+$", nic.ethtool("-S", "eth0"), re.M)
    xstats = pmd.xstats()
    assert {f"nic_{name}" for name in names} <= set(xstats), "each of the kernel's"
    assert pmd.quit() == 0
