#pragma once

#include "nn/cpu/stages.h"
#include "nn/stopwatch.h"

namespace inkling {

// What a stage's pass amounts to, for a Stopwatch.

Work work_of(const ConvolutionStage& stage, WorkPart part);
Work work_of(const DenseStage& stage, WorkPart part);
Work work_of(const PointwiseStage& stage, WorkPart part);
Work work_of(const LayoutStage& stage, WorkPart part);

/// The sum alone; the stages in it are told by themselves.
Work work_of(const ResidualStage& stage, WorkPart part);

/// Tells the memory's stopwatch, if it has one, that the stage's pass is over.
template <class Kind>
void note(const NetworkMemory& memory, const Kind& stage, WorkPart part) {
    if (memory.stopwatch != nullptr) memory.stopwatch->lap(work_of(stage, part));
}

}  // namespace inkling
