using Dla.MLNet;

namespace Dla.Cli;

/// <summary>Limits how long libtorch's threads spin while they wait for work.</summary>
/// <remarks>
/// <para>GNU's OpenMP library, which libtorch for Linux uses, spins for some milliseconds at every barrier. On cores that other programs use too, a spinning
/// thread keeps the thread that it waits for off the processor: training becomes ten to twenty times slower. With 1,000 turns, some microseconds, it is as
/// fast there as with <c>OMP_WAIT_POLICY=PASSIVE</c>, which does not spin at all. On quiet cores it is as fast as the default, which PASSIVE is not
/// (dla46_c at 64 pixels: 7 % slower).</para>
/// <para>The library reads its variables when it is loaded, together with libtorch. On Windows and macOS libtorch uses other OpenMP libraries, which do
/// not have this variable.</para>
/// </remarks>
internal static class OpenMpWaiting
{
    private const string Policy = "OMP_WAIT_POLICY", Turns = "GOMP_SPINCOUNT";

    /// <summary>Sets the limit for this process, unless the user has chosen how threads wait. To be called before libtorch is loaded.</summary>
    public static void Shorten()
    {
        if (Environment.GetEnvironmentVariable(Policy) is null) NativeEnvironment.SetDefault(Turns, "1000");
    }
}
