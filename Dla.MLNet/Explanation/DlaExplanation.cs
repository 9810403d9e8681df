namespace Dla.MLNet;

/// <summary>What a model says about one image, and where it sees it.</summary>
/// <param name="Prediction">The most probable classes, as <see cref="DlaClassifier.Predict(string, int, CancellationToken)"/> gives them.</param>
/// <param name="Maps">The activation map of each class in <see cref="DlaPrediction.Top"/>, in that order.</param>
public sealed record DlaExplanation(DlaPrediction Prediction, IReadOnlyList<DlaActivationMap> Maps);
