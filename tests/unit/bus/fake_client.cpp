// SPDX-License-Identifier: BSD-3-Clause
#include "fake_client.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

using bifurc::test::fake;

namespace bifurc::test {

FakeClient fake;

int FakeClient::answer(const char* call, rte_bifurc_error* err) const {
    const auto failing = fail.find(call);
    const int rc = failing == fail.end() ? 0 : failing->second;
    if (rc != 0 && err != nullptr) {
        err->code = rc;
        std::snprintf(err->text, sizeof(err->text), "eth0: %s fails as the test wants it", call);
    }
    return rc;
}

}  // namespace bifurc::test

extern "C" {

int rte_bifurc_open(const char* iface, rte_bifurc** handle, rte_bifurc_error* err) {
    if (const int rc = fake.answer("open", err); rc != 0) return rc;
    *handle = new rte_bifurc{iface, eventfd(0, EFD_CLOEXEC), 0, 0, {}};
    fake.open.insert(*handle);
    return 0;
}

int rte_bifurc_adopt(int fd, rte_bifurc** handle, rte_bifurc_error* err) {
    if (const int rc = fake.answer("adopt", err); rc != 0) {
        close(fd);
        return rc;
    }
    *handle = new rte_bifurc{"adopted", fd, 0, 0, {}};
    fake.open.insert(*handle);
    return 0;
}

int rte_bifurc_give_back(rte_bifurc* handle, rte_bifurc_error*) {
    const bool had = handle->pairs != 0;
    fake.given_back += had;
    handle->pairs = 0;
    handle->dma.clear();
    return had ? 0 : -ENOTCONN;
}

void rte_bifurc_close(rte_bifurc* handle) {
    if (handle == nullptr) return;
    fake.open.erase(handle);
    close(handle->fd);
    delete handle;
}

int rte_bifurc_fd(const rte_bifurc* handle) { return handle->fd; }

const char* rte_bifurc_iface(const rte_bifurc* handle) { return handle->iface.c_str(); }

int rte_bifurc_info(rte_bifurc* handle, bifurc_info* info, rte_bifurc_error* err) {
    if (const int rc = fake.answer("info", err); rc != 0) return rc;
    *info = {};
    info->pci_vendor = 0x8086;
    info->pci_device = fake.device_id;
    info->numa_node = 0;
    info->first = handle->first;
    info->pairs = handle->pairs;
    return 0;
}

int rte_bifurc_split(rte_bifurc* handle, uint32_t first, uint32_t pairs, uint32_t flags, uint32_t* got_first,
                     rte_bifurc_error* err) {
    if (const int rc = fake.answer("split", err); rc != 0) return rc;
    fake.last_flags = flags;
    handle->first = first == BIFURC_FIRST_ANY ? fake.next_first : first;
    handle->pairs = pairs;
    fake.next_first = handle->first + pairs;
    *got_first = handle->first;
    return 0;
}

int rte_bifurc_map(rte_bifurc*, void** window, rte_bifurc_error* err) {
    static char page[4096];
    *window = page;
    return fake.answer("map", err);
}

int rte_bifurc_dma_map(rte_bifurc* handle, void* va, size_t len, rte_bifurc_error* err) {
    fake.dma_calls.emplace_back(reinterpret_cast<std::uintptr_t>(va), len);
    if (const int rc = fake.answer("dma_map", err); rc != 0) return rc;
    if (fake.dma_maps_before_failure == 0) return -ENOMEM;
    if (fake.dma_maps_before_failure > 0) --fake.dma_maps_before_failure;
    handle->dma.emplace(reinterpret_cast<std::uintptr_t>(va), len);
    return 0;
}

int rte_bifurc_dma_unmap(rte_bifurc* handle, void* va, size_t len, rte_bifurc_error* err) {
    fake.dma_calls.emplace_back(reinterpret_cast<std::uintptr_t>(va), len);
    if (const int rc = fake.answer("dma_unmap", err); rc != 0) return rc;
    const auto found = handle->dma.find({reinterpret_cast<std::uintptr_t>(va), len});
    if (found == handle->dma.end()) return -ENOENT;
    handle->dma.erase(found);
    return 0;
}
}
