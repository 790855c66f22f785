#pragma once

#include <functional>

#include "cluster/group.h"
#include "data/dataset.h"

namespace inkling {

/// A data set that all processes of a group have: `load` is called by one of each machine, whose images the others have
/// in the same memory. Where that cannot be had, a process calls `load` itself. All call it together.
Dataset load_once_a_machine(Group& group, const std::function<Dataset()>& load);

/// The two ways of that: a data set as bytes for other processes, if the system bears that, and what they make of it.
/// Throws Error (failed) where it is none.
std::optional<SealedMemory> sealed_dataset(const Dataset& data);
Dataset dataset_in(SealedMemory memory);

}  // namespace inkling
