//! `remove-cors`.
//! Never here: access; a preflight is a browser's question, not a grant.

use super::*;

const REMEDY: Remedy = Remedy::RemoveCors;

#[tokio::test]
async fn a_browser_is_told_no_and_yes_again_after_undo() {
    let y = Yard::new("cors-there-and-back").await;
    y.set_cors(&["https://shop.example.com"]).await;
    assert_eq!(y.preflight("https://shop.example.com").await, 200);
    let act = y.carry_out(&y.target(), REMEDY).await.unwrap();
    assert_eq!(y.preflight("https://shop.example.com").await, 403);
    assert_eq!(restored(y.undo(&y.target(), &act, false).await), 1);
    assert_eq!(y.preflight("https://shop.example.com").await, 200);
    y.there_and_back(&y.target(), REMEDY).await;
}

#[tokio::test]
async fn without_rules_there_is_nothing_to_take_away() {
    let y = Yard::new("cors-none").await;
    let act = y.carry_out(&y.target(), REMEDY).await.unwrap();
    assert_eq!(act.receipt.as_ref().unwrap().note, format!("bucket {} has no CORS rules", y.bucket));
    assert_eq!((restored(y.undo(&y.target(), &act, false).await), y.calls.writes()), (0, 0));
}

#[tokio::test]
async fn rules_that_somebody_made_since_are_told_and_left() {
    let y = Yard::new("cors-foreign").await;
    y.set_cors(&["https://shop.example.com"]).await;
    let act = y.carry_out(&y.target(), REMEDY).await.unwrap();
    y.set_cors(&["*"]).await;
    let during = y.whole().await;
    let lost = y.verify(&y.target(), &act).await;
    assert_eq!(lost, [format!("bucket {} has CORS rules again", y.bucket)]);
    assert_eq!(refused(y.undo(&y.target(), &act, false).await), lost);
    assert_eq!(y.whole().await, during);
}
