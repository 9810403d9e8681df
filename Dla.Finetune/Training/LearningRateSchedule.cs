namespace Dla.Finetune;

/// <summary>How the learning rate goes over a run. All begin with a linear or cosine warm-up.</summary>
public enum LearningRateSchedule
{
    /// <summary>Up from 1/25 of the peak and down to 1/250,000 of it, both along half a cosine (Smith and Topin, 2017; PyTorch's OneCycleLR).</summary>
    OneCycle,

    /// <summary>Linear warm-up, then down to 0 along half a cosine.</summary>
    Cosine,

    /// <summary>Linear warm-up, then a tenth after half of the run and a hundredth after three quarters of it.</summary>
    Step,

    /// <summary>Linear warm-up, then the same rate to the end.</summary>
    Constant,
}
