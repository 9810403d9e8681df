namespace Dla.MLNet;

/// <summary>The box of an upright picture that is resized, and the window of the resized box that is wanted.</summary>
/// <remarks>The box lies within the picture. What is outside of it has no influence.</remarks>
internal readonly record struct CropPlan(int Left, int Top, int Width, int Height, ResizedWindow Window)
{
    /// <summary>The same plan with rows and columns exchanged.</summary>
    public CropPlan Transposed => new(Top, Left, Height, Width, Window.Transposed);

    /// <summary>A plan that resizes the whole picture.</summary>
    public static CropPlan Of(int width, int height, ResizedWindow window) => new(0, 0, width, height, window);
}
