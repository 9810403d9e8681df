using System.Runtime.Intrinsics.X86;

namespace Dla.Finetune;

/// <summary>Tells which number format the processor trains fastest in.</summary>
internal static class ProcessorPrecision
{
    /// <summary>This processor's. Its bfloat16 instructions work on the registers of AVX-512, which the system must have enabled.</summary>
    public static TrainingPrecision Best { get; } = X86Base.IsSupported && Avx512F.IsSupported ? Of(X86Base.CpuId) : TrainingPrecision.Float32;

    /// <summary>What <see cref="TrainingPrecision.Auto"/> means on this processor; other formats as they are.</summary>
    public static TrainingPrecision Resolve(TrainingPrecision precision) => precision == TrainingPrecision.Auto ? Best : precision;

    /// <summary>What a recipe computes in; a head on embeddings is too small to gain from bfloat16.</summary>
    public static TrainingPrecision Resolve(DlaTrainingOptions options) => options.UsesEmbeddings ? TrainingPrecision.Float32 : Resolve(options.Precision);

    /// <summary>bfloat16 for an x86 processor that multiplies it, else float32.</summary>
    /// <param name="cpuId">The CPUID instruction: leaf (EAX) and subleaf (ECX) to registers.</param>
    public static TrainingPrecision Of(Func<int, int, (int Eax, int Ebx, int Ecx, int Edx)> cpuId)
    {
        if (cpuId(0, 0).Eax < 7) return TrainingPrecision.Float32;
        var (subleaves, _, _, edx) = cpuId(7, 0);
        var amx = (edx & 1 << 22) != 0;                                     // AMX-BF16
        var avx = subleaves >= 1 && (cpuId(7, 1).Eax & 1 << 5) != 0;        // AVX512_BF16
        return amx || avx ? TrainingPrecision.BFloat16 : TrainingPrecision.Float32;
    }
}
