#pragma once

#include "nn/cpu/stages.h"
#include "nn/stopwatch.h"

namespace inkling {

// What a stage's pass over some samples amounts to, for a Stopwatch.

Work work_of(const ConvolutionStage& stage, WorkPart part, int samples);
Work work_of(const DenseStage& stage, WorkPart part, int samples);
Work work_of(const DepthwiseStage& stage, WorkPart part, int samples);
Work work_of(const SqueezeStage& stage, WorkPart part, int samples);
Work work_of(const PointwiseStage& stage, WorkPart part, int samples);
Work work_of(const LayoutStage& stage, WorkPart part, int samples);

/// A residual block is told by its sums alone; the stages in it are told by themselves.
Work work_of(const ForkStage& stage, WorkPart part, int samples);
Work work_of(const JoinStage& stage, WorkPart part, int samples);

/// Tells the worker's stopwatch, if there is one, what was just done.
inline void tell(NetworkMemory& memory, int worker, const Work& work) {
    if (!memory.stopwatches.empty()) memory.stopwatches[static_cast<std::size_t>(worker)].lap(work);
}

inline void tell(const SliceWork& slice, const Work& work) { tell(slice.memory, slice.worker, work); }

/// The same of a stage's pass.
template <class Kind>
void note(NetworkMemory& memory, int worker, const Kind& stage, WorkPart part, int samples) {
    tell(memory, worker, work_of(stage, part, samples));
}

template <class Kind>
void note(const SliceWork& work, const Kind& stage, WorkPart part) {
    // The first share tells of all.
    note(work.memory, work.worker, stage, part, work.share == 0 ? work.slice().count : 0);
}

}  // namespace inkling
