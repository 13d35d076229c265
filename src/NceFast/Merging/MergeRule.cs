namespace NceFast.Merging;

/// <summary>Specifies how the changes of several replicas to one row become one change. DESIGN.md beside this file has the measurements.</summary>
public enum MergeRule
{
    /// <summary>
    /// By how far a row was pulled since its last merge: the sum of the changes for a row with few updates, as a single table
    /// would have them, and their mean for a row that each replica brought near its optimum by itself.
    /// </summary>
    Adaptive,

    /// <summary>The sum divided by the number of replicas that changed the row.</summary>
    Touching,

    /// <summary>The mean over all replicas. With n replicas rare words learn n times too slowly.</summary>
    Mean,

    /// <summary>The sum. It multiplies the learning rate of frequent words by the number of replicas and can diverge.</summary>
    Sum,
}
