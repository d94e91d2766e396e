// SPDX-License-Identifier: BSD-3-Clause
#include "flow.h"

#include <rte_errno.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <new>

#include "bifurc/names.h"
#include "flow_pattern.h"
#include "flow_table.h"
#include "log.h"
#include "port.h"

// What the application holds. A list, in the process that made it.
struct rte_flow {
    rte_flow* next;
    bifurc::net::FlowRule rule;
    bool there;  // false: the kernel took it away, and there was no place for it since
};

namespace bifurc::net {
namespace {

// The kernel's reason, with the remedy.
const char* reason_for(int rc) {
    switch (rc) {
        case -EOPNOTSUPP:
            return "the netdev takes no rules: switch them on with ethtool -K IFACE ntuple on";
        case -EINVAL:
            return "the kernel refuses it (EINVAL): the NIC cannot match this, or not beside the rules that it has, "
                   "since "
                   "all of its perfect filters share one mask (ethtool -n shows them)";
        case -ENOSPC:
            return "the NIC has no room for another rule (ethtool -n shows them)";
        case -EEXIST:
            return "a rule that another one's mark, or somebody else's rule, has this place already (ethtool -n)";
        case -EPERM:
            return "rules need CAP_NET_ADMIN";
        case -ENODEV:
            return "the netdev or its driver is gone";
        default:
            return "the kernel refuses the rule";
    }
}

int refuse(int rc, rte_flow_error* error) {
    return rte_flow_error_set(error, -rc, RTE_FLOW_ERROR_TYPE_HANDLE, nullptr, reason_for(rc));
}

int translate(rte_eth_dev* dev, const rte_flow_attr* attributes, const rte_flow_item* pattern,
              const rte_flow_action* actions, FlowRule& rule, rte_flow_error* error) {
    const int rc =
        translate_flow(attributes, pattern, actions, port_of(dev).first, dev->data->nb_rx_queues, rule, error);
    bifurc_info info{};
    if (rc != 0 || !rule.mark || (rte_bifurc_info(process_of(dev).nic, &info, nullptr) == 0 && has_marks(info)))
        return rc;
    return rte_flow_error_set(error, ENOTSUP, RTE_FLOW_ERROR_TYPE_ACTION, actions,
                              "no marks: the kernel's driver has not told the NIC to report which rule a frame matched "
                              "(FDIRCTRL.Report-Status); leave the mark out");
}

// The kernel is asked only when the rule is made: it has no way to try one.
int validate(rte_eth_dev* dev, const rte_flow_attr* attributes, const rte_flow_item* pattern,
             const rte_flow_action* actions, rte_flow_error* error) {
    FlowRule rule;
    return translate(dev, attributes, pattern, actions, rule, error);
}

rte_flow* create(rte_eth_dev* dev, const rte_flow_attr* attributes, const rte_flow_item* pattern,
                 const rte_flow_action* actions, rte_flow_error* error) {
    std::unique_ptr<rte_flow> flow{new (std::nothrow) rte_flow{}};
    if (!flow) {
        refuse(-ENOMEM, error);
        return nullptr;
    }
    if (translate(dev, attributes, pattern, actions, flow->rule, error) != 0) return nullptr;
    if (const int rc = add_rule(dev, flow->rule); rc != 0) {
        refuse(rc, error);
        return nullptr;
    }
    flow->there = true;
    flow->next = process_of(dev).flows;
    process_of(dev).flows = flow.get();
    return flow.release();
}

// Never somebody else's rule that came to the same place.
int take_out(rte_eth_dev* dev, const rte_flow& flow) {
    return flow.there && has_rule(dev, flow.rule) ? remove_rule(dev, flow.rule) : 0;
}

int destroy(rte_eth_dev* dev, rte_flow* flow, rte_flow_error* error) {
    rte_flow** link = &process_of(dev).flows;
    while (*link != nullptr && *link != flow) link = &(*link)->next;
    if (*link == nullptr)
        return rte_flow_error_set(error, ENOENT, RTE_FLOW_ERROR_TYPE_HANDLE, flow, "this is no rule of the port's");
    if (const int rc = take_out(dev, *flow); rc != 0) return refuse(rc, error);
    *link = flow->next;
    delete flow;
    return 0;
}

int flush(rte_eth_dev* dev, rte_flow_error* error) {
    while (rte_flow* flow = process_of(dev).flows)
        if (const int rc = destroy(dev, flow, error); rc != 0) return rc;
    return 0;
}

int query(rte_eth_dev*, rte_flow*, const rte_flow_action* action, void*, rte_flow_error* error) {
    return rte_flow_error_set(error, ENOTSUP, RTE_FLOW_ERROR_TYPE_ACTION, action,
                              "the NIC's filters count nothing for a single rule");
}

// A borrowed queue gets what rules bring it, and nothing else.
int isolate(rte_eth_dev*, int on, rte_flow_error* error) {
    if (on != 0) return 0;
    return rte_flow_error_set(error, ENOTSUP, RTE_FLOW_ERROR_TYPE_UNSPECIFIED, nullptr,
                              "borrowed queues are always isolated: what no rule takes is the kernel's");
}

constexpr rte_flow_ops make_ops() {
    rte_flow_ops ops{};
    ops.validate = validate;
    ops.create = create;
    ops.destroy = destroy;
    ops.flush = flush;
    ops.query = query;
    ops.isolate = isolate;
    return ops;
}

constexpr rte_flow_ops kOps = make_ops();

}  // namespace

int flow_ops_get(rte_eth_dev*, const rte_flow_ops** ops) {
    *ops = &kOps;
    return 0;
}

void restore_flows(rte_eth_dev* dev) {
    for (rte_flow* flow = process_of(dev).flows; flow != nullptr; flow = flow->next) {
        if (flow->there && has_rule(dev, flow->rule)) continue;
        const int rc = add_rule(dev, flow->rule);
        flow->there = rc == 0;
        if (rc != 0)
            rte_log(RTE_LOG_ERR, bifurc_net_driver_log,
                    "%s: a flow rule was lost in a reset and cannot be added again: %s\n", iface_of(dev),
                    reason_for(rc));
    }
}

void drop_flows(rte_eth_dev* dev) {
    while (rte_flow* flow = process_of(dev).flows) {
        process_of(dev).flows = flow->next;
        if (!port_of(dev).gone) static_cast<void>(take_out(dev, *flow));
        delete flow;
    }
}

}  // namespace bifurc::net
