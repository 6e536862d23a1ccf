// Proves at compile time that the offsets assembly uses (layout.h) are those of the C structures Swift sees (include/machine.h).
#include "include/machine.h"
#include "layout.h"

_Static_assert(offsetof(TrapFrame, ra) == FRAME_REGISTER(1), "ra");
_Static_assert(offsetof(TrapFrame, t6) == FRAME_REGISTER(31), "t6");
_Static_assert(offsetof(TrapFrame, programCounter) == FRAME_PROGRAM_COUNTER, "programCounter");
_Static_assert(offsetof(TrapFrame, status) == FRAME_STATUS, "status");
_Static_assert(offsetof(TrapFrame, cause) == FRAME_CAUSE, "cause");
_Static_assert(offsetof(TrapFrame, value) == FRAME_VALUE, "value");
_Static_assert(offsetof(TrapFrame, floatRegisters) == FRAME_FLOAT(0), "floatRegisters");
_Static_assert(offsetof(TrapFrame, floatStatus) == FRAME_FLOAT_STATUS, "floatStatus");
_Static_assert(offsetof(TrapFrame, floatSaved) == FRAME_FLOAT_SAVED, "floatSaved");
_Static_assert(offsetof(TrapFrame, translation) == FRAME_TRANSLATION, "translation");
_Static_assert(sizeof(TrapFrame) == FRAME_SIZE, "TrapFrame");
_Static_assert(offsetof(Hart, trapStackTop) == HART_TRAP_STACK, "trapStackTop");
_Static_assert(offsetof(Hart, identifier) == HART_IDENTIFIER, "identifier");
_Static_assert(offsetof(Hart, probeRecovery) == HART_PROBE_RECOVERY, "probeRecovery");
_Static_assert(offsetof(Hart, probeStack) == HART_PROBE_STACK, "probeStack");
_Static_assert(offsetof(Hart, deviceTree) == HART_DEVICE_TREE, "deviceTree");
_Static_assert(offsetof(Hart, kernelTranslation) == HART_KERNEL_TRANSLATION, "kernelTranslation");
_Static_assert(offsetof(Hart, currentFrame) == HART_CURRENT_FRAME, "currentFrame");
_Static_assert(offsetof(Hart, scratch) == HART_SCRATCH, "scratch");
_Static_assert(offsetof(Hart, runningFrame) == HART_RUNNING_FRAME, "runningFrame");
_Static_assert(offsetof(Hart, emergencyFrame) == HART_EMERGENCY_FRAME, "emergencyFrame");
_Static_assert(offsetof(Hart, bootFrame) == HART_BOOT_FRAME, "bootFrame");
_Static_assert(sizeof(Hart) == HART_SIZE, "Hart");
// Assembly reaches the hart's fields, and the first word of each frame in it, by offsets of 12 bits from tp.
_Static_assert(HART_BOOT_FRAME + FRAME_HANDLER_STACK < 2048, "frames of the hart");
