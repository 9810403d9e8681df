namespace Dla.MLNet;

/// <summary>What a model says about one image, and where it sees it.</summary>
/// <param name="Prediction">The most probable classes, as <see cref="DlaClassifier.Predict(string, int, CancellationToken)"/> gives them.</param>
/// <param name="Maps">The activation map of each class in <see cref="DlaPrediction.Top"/>, in that order.</param>
public sealed record DlaExplanation(DlaPrediction Prediction, IReadOnlyList<DlaActivationMap> Maps)
{
    /// <summary>
    /// Draws every map over the photo, which is decoded once. See <see cref="DlaActivationMap.Overlay(ReadOnlySpan{byte}, DlaOverlayOptions)"/>.
    /// </summary>
    /// <param name="encoded">The bytes of the image file that was explained.</param>
    /// <param name="options">See <see cref="DlaOverlayOptions"/>.</param>
    /// <returns>PNG files, in the order of <see cref="Maps"/>.</returns>
    /// <exception cref="ImageDecodeException">The image is damaged, of no known format, or too large.</exception>
    /// <exception cref="ArgumentException">A value of <paramref name="options"/> makes no sense.</exception>
    public IReadOnlyList<byte[]> Overlays(ReadOnlySpan<byte> encoded, DlaOverlayOptions? options = null) => DlaActivationMap.Overlays(Maps, encoded, options);

    /// <inheritdoc cref="Overlays(ReadOnlySpan{byte}, DlaOverlayOptions)"/>
    /// <param name="path">The image file that was explained.</param>
    /// <param name="options">See <see cref="DlaOverlayOptions"/>.</param>
    public IReadOnlyList<byte[]> Overlays(string path, DlaOverlayOptions? options = null) => DlaActivationMap.Overlays(Maps, path, options);
}
